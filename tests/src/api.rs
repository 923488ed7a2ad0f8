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

/// An answer of any kind.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub bytes: Vec<u8>,
    headers: ureq::http::HeaderMap,
}

impl Answer {
    /// A header; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).expect("the body is text")
    }
}

/// Asks a path of the server at `base` for what `accept` says. Redirects are followed.
///
/// # Panics
/// When there is no answer.
#[must_use]
pub fn fetch(base: &str, path: &str, accept: &str) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let asked = agent.get(format!("{base}{path}")).header("accept", accept).call();
    let mut answer = asked.unwrap_or_else(|e| panic!("ask {base}{path}: {e}"));
    let bytes = answer.body_mut().read_to_vec().unwrap_or_else(|e| panic!("read {base}{path}: {e}"));
    Answer { status: answer.status().as_u16(), bytes, headers: answer.headers().clone() }
}
