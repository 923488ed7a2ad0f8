//! A client of the collector's API that was generated from its description: see `build.rs`.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
