//! The whole system over its real binaries: every test has agents, collectors, ports and folders of its own.
//!
//! Faults are injected with signals, so these tests run on Unix.
#![cfg(unix)]

mod admin;
mod adoption;
mod again;
mod alerts;
mod analyze;
mod attack;
mod backups;
mod bad_network;
mod broker_tls;
mod browser;
mod browser_consent;
mod check_in;
mod clock;
mod collector_key;
mod consent;
mod contact;
mod copies;
mod crowd;
mod damage;
mod deletion;
mod demo;
mod deploy;
mod enrolment;
mod external_broker;
mod fairness;
mod false_times;
mod faults;
mod firmware;
#[cfg(target_os = "linux")]
mod footprint;
mod forgery;
mod full_disk;
mod gate;
mod handover;
mod heartbeat;
mod hr;
mod inputs;
mod leases;
#[cfg(target_os = "linux")]
mod live;
mod loopback;
mod lost_task;
mod mail;
mod manners;
mod me;
mod memory;
mod messages;
mod messages_on_device;
mod new_key;
mod off_loopback;
mod outbox;
mod outside;
mod own;
mod pace;
mod passkeys;
mod phone;
mod policy;
mod probe;
mod profile;
#[cfg(target_os = "linux")]
mod proxies;
mod qr;
mod quarantine;
mod real;
mod reasons;
mod reconnects;
mod recovery;
mod reports;
mod restored;
mod rollups;
mod sensing;
mod service;
mod setup;
mod sign_in;
mod simulate;
mod start;
mod stop_button;
mod subsets;
mod teams;
mod tls;
#[cfg(target_os = "linux")]
mod together;
mod trends;
mod two_collectors;
mod wearables;
mod web;
mod wishes;
mod withdrawn;
