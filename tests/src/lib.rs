//! What the end-to-end tests share: the real binaries as child processes, each in a folder of its own.
//!
//! The binaries are those that `cargo build --workspace` left beside the test executable. Nothing here reaches into
//! them: agents and collectors are driven by their command lines, and read by their files, their API and the broker.

pub mod agent;
pub mod api;
pub mod bad_network;
pub mod binaries;
#[cfg(unix)]
pub mod bluez;
pub mod browser;
pub mod client;
pub mod collector;
pub mod crowd;
pub mod database;
#[cfg(target_os = "linux")]
pub mod devices;
#[cfg(target_os = "linux")]
pub mod disk;
pub mod evaluation;
pub mod identity;
pub mod inputs;
pub mod left_out;
pub mod link;
pub mod media;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod messages;
pub mod models;
pub mod mosquitto;
pub mod mount;
pub mod phone;
pub mod place;
pub mod play;
pub mod ports;
pub mod postbox;
pub mod process;
pub mod proxy;
pub mod qr;
pub mod recordings;
#[cfg(unix)]
pub mod session;
pub mod stored;
pub mod stranger;
pub mod tls;
pub mod trial;
pub mod visitor;
pub mod wait;
pub mod wire;
