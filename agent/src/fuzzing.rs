//! What is fuzzed here. `tests/fuzz` holds the seeds, and the programs that go on for longer.

use crate::{messages, sensors};

/// Pushes of a phone's app, with a zero byte between one and the next.
pub fn pushes(bytes: &[u8]) {
    sensors::phone::pushes(bytes);
}

/// What a program of the person's hands over as messages.
pub fn handed_over(bytes: &[u8]) {
    messages::handed_over(bytes);
}

/// A file that a person names as a recording: what a phone's app exported, or pictures one behind the other.
pub fn files(bytes: &[u8]) {
    // By this name no film is looked for, which another program would read.
    let path = std::env::temp_dir().join(format!("attune-fuzz-{}.mjpeg", std::process::id()));
    std::fs::write(&path, bytes).expect("a folder for temporary files");
    sensors::fuzzing::play(&path);
    std::fs::remove_file(&path).expect("it was written");
}

#[cfg(test)]
#[path = "../../tests/fuzz/short.rs"]
mod short;

#[test]
fn no_push_does_harm() {
    short::run("pushes", pushes, 3000);
}

#[test]
fn no_message_that_is_handed_over_does_harm() {
    short::run("handed_over", handed_over, 3000);
}

#[test]
fn no_file_that_is_named_as_a_recording_does_harm() {
    short::run("files", files, 500);
}
