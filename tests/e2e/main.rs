//! The whole system over its real binaries: every test has agents, collectors, ports and folders of its own.
//!
//! Faults are injected with signals, so these tests run on Unix.
#![cfg(unix)]

mod adoption;
mod analyze;
mod demo;
mod faults;
mod forgery;
mod gate;
mod real;
mod reasons;
mod restored;
mod sensing;
mod start;
mod stop_button;
mod subsets;
mod web;
