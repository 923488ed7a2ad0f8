//! The whole system over its real binaries: every test has agents, collectors, ports and folders of its own.
//!
//! Faults are injected with signals, so these tests run on Unix.
#![cfg(unix)]

mod adoption;
mod analyze;
mod browser;
mod clock;
mod damage;
mod deletion;
mod demo;
mod faults;
mod forgery;
mod gate;
mod real;
mod reasons;
mod recovery;
mod restored;
mod sensing;
mod start;
mod subsets;
mod web;
mod withdrawn;
