//! What is fuzzed here. `tests/fuzz` holds the seeds, and the programs that go on for longer.

use attune_ground::http::json::{UnknownFields, check_nesting, value};
use attune_people::preferences::Preferences;

/// What a client sends to the broker's gate: a byte that says whether its CONNECT is among it (0), or which version it speaks
/// (1: 3.1.1, 2: 5); one that says how many bytes come at a time; and what it says.
pub fn gate(bytes: &[u8]) {
    crate::broker::client(bytes);
}

/// A body of a request to the API.
pub fn bodies(bytes: &[u8]) {
    crate::analyze::fuzzing::analyses(bytes);
    if check_nesting("body", bytes).is_ok() {
        let _ = value::<Preferences>("", bytes, UnknownFields::Ignored, &mut Vec::new());
        let _ = value::<Vec<Preferences>>("list", bytes, UnknownFields::Refused, &mut Vec::new());
    }
}

#[cfg(test)]
#[path = "../../../tests/fuzz/short.rs"]
mod short;

#[test]
fn nothing_that_a_client_says_does_harm_to_the_gate() {
    short::run("gate", gate, 2000);
}

#[test]
fn no_body_does_harm() {
    short::run("bodies", bodies, 1000);
}
