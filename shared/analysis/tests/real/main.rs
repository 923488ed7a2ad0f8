//! The analyzers on real recordings, when the environment's ATTUNE_DATA names their folder.

#![expect(clippy::unwrap_used, reason = "the allowance for tests does not reach their helpers in an integration test")]

mod clips;
mod face;
mod face_eyes;
mod face_pose;
mod face_pulse;
mod heart;
mod motion;
mod packets;
mod voice;

use std::path::{Path, PathBuf};

use attune_analysis::networks::Networks;

/// The folder of recordings; says so when a test is left out for want of it.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("ATTUNE_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("left out: ATTUNE_DATA names no folder of recordings");
    }
    folder
}

/// The networks of the project.
fn networks() -> Networks {
    Networks::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).unwrap()
}
