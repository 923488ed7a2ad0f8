//! The collector's read API, as anybody would ask it.

use serde_json::Value;

/// Asks a path of the API at `base` and gives status and JSON body. Redirects are followed.
///
/// # Panics
/// When there is no answer or it is no JSON.
#[must_use]
pub fn get(base: &str, path: &str) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(format!("{base}{path}")).call().unwrap_or_else(|e| panic!("ask {base}{path}: {e}"));
    let status = answer.status().as_u16();
    (status, answer.body_mut().read_json().unwrap_or_else(|e| panic!("read {base}{path}: {e}")))
}

/// As [`get`], where anything but 200 fails the test.
///
/// # Panics
/// When the answer is another.
#[must_use]
pub fn ok(base: &str, path: &str) -> Value {
    let (status, body) = get(base, path);
    assert_eq!(status, 200, "{path} answers {body:#}");
    body
}
