//! The collector's API, as anybody would ask it.

use serde_json::Value;

/// Asks a path of the API at `base` and gives status and JSON body. Redirects are followed.
///
/// # Panics
/// When there is no answer or it is no JSON.
#[must_use]
pub fn get(base: &str, path: &str) -> (u16, Value) {
    let answer = agent().get(format!("{base}{path}")).call().unwrap_or_else(|e| panic!("ask {base}{path}: {e}"));
    read(answer, path)
}

/// Sends JSON to a path of the API at `base` and gives status and JSON body.
///
/// # Panics
/// As [`get`].
#[must_use]
pub fn post(base: &str, path: &str, body: &Value) -> (u16, Value) {
    post_bytes(base, path, "application/json", body.to_string().as_bytes())
}

/// As [`post`], with any bytes of any kind.
///
/// # Panics
/// As [`get`].
#[must_use]
pub fn post_bytes(base: &str, path: &str, kind: &str, body: &[u8]) -> (u16, Value) {
    let request = agent().post(format!("{base}{path}")).header("content-type", kind);
    read(request.send(body).unwrap_or_else(|e| panic!("send to {base}{path}: {e}")), path)
}

/// As [`post`], with a header besides.
///
/// # Panics
/// As [`get`].
#[must_use]
pub fn post_with(base: &str, path: &str, (name, value): (&str, &str), body: &Value) -> (u16, Value) {
    let request = agent().post(format!("{base}{path}")).header("content-type", "application/json").header(name, value);
    read(request.send(body.to_string()).unwrap_or_else(|e| panic!("send to {base}{path}: {e}")), path)
}

/// Asks a path of the API at `base` as whoever has a token, and gives status and JSON body; null where the body is none.
///
/// # Panics
/// When there is no answer.
#[must_use]
pub fn ask_as(base: &str, (method, path): (&str, &str), token: &str, body: &str) -> (u16, Value) {
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{base}{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.to_owned());
    let mut answer = agent().run(request.expect("a request")).expect("an answer");
    let text = answer.body_mut().read_to_string().expect("an answer comes to its end");
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Deletes a path of the API at `base` and gives the status.
///
/// # Panics
/// When there is no answer.
#[must_use]
pub fn delete(base: &str, path: &str) -> u16 {
    let answer = agent().delete(format!("{base}{path}")).call();
    answer.unwrap_or_else(|e| panic!("delete {base}{path}: {e}")).status().as_u16()
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn read(mut answer: ureq::http::Response<ureq::Body>, path: &str) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, answer.body_mut().read_json().unwrap_or_else(|e| panic!("read {path}: {e}")))
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

    /// The names of all headers, in small letters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.headers.keys().map(|name| name.as_str())
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
    let asked = agent().get(format!("{base}{path}")).header("accept", accept).call();
    let mut answer = asked.unwrap_or_else(|e| panic!("ask {base}{path}: {e}"));
    let bytes = answer.body_mut().read_to_vec().unwrap_or_else(|e| panic!("read {base}{path}: {e}"));
    Answer { status: answer.status().as_u16(), bytes, headers: answer.headers().clone() }
}

/// Asks by any method, without a body and with headers. Redirects are followed.
///
/// # Panics
/// When there is no answer.
#[must_use]
pub fn send(base: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = ureq::http::Request::builder().method(method).uri(format!("{base}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build().into();
    let asked = agent.run(request.body(()).expect("a request"));
    let mut answer = asked.unwrap_or_else(|e| panic!("{method} {base}{path}: {e}"));
    let bytes = answer.body_mut().read_to_vec().unwrap_or_else(|e| panic!("{method} {base}{path}: {e}"));
    Answer { status: answer.status().as_u16(), bytes, headers: answer.headers().clone() }
}

/// Why a field of an answer or of scores is null.
///
/// # Panics
/// When no reason is given.
#[must_use]
pub fn reason<'a>(scores: &'a Value, field: &str) -> &'a Value {
    let reasons = scores["reasons"].as_array().expect("reasons are a list");
    reasons
        .iter()
        .find(|reason| reason["field"] == field)
        .unwrap_or_else(|| panic!("no reason for {field}: {reasons:#?}"))
}
