//! What an endpoint says is wrong. Of its words nothing is kept: some repeat what they were sent.

use serde_json::Value;

/// Why there is no answer, or no whole one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The stream ended before the answer did.
    #[error("the answer was cut")]
    Cut,
    /// No JSON, or none of the shape that was asked for.
    #[error("the answer is of no shape that we understand")]
    Garbled,
    /// More than an answer may be.
    #[error("the answer is too large")]
    TooLarge,
    /// It loads, or has too much to do.
    #[error("the model is busy")]
    Busy,
    /// We asked too often, or the account is used up.
    #[error("the endpoint's limit is reached")]
    Limited,
    /// The key is none, or may not.
    #[error("the endpoint does not take the key")]
    Key,
    /// The prompt does not fit.
    #[error("the prompt is too long for the model")]
    TooLong,
    /// Something else.
    #[error("the endpoint failed")]
    Failed,
}

/// Words of an error's type, code or status, and what they mean. The first that is found holds.
const MEANINGS: [(&str, Fault); 17] = [
    ("context_length", Fault::TooLong),
    ("exceed_context", Fault::TooLong),
    ("request_too_large", Fault::TooLong),
    ("rate_limit", Fault::Limited),
    ("insufficient_quota", Fault::Limited),
    ("resource_exhausted", Fault::Limited),
    ("billing", Fault::Limited),
    ("tokens_exceeded", Fault::Limited),
    ("overloaded", Fault::Busy),
    ("unavailable", Fault::Busy),
    ("loading", Fault::Busy),
    ("authentication", Fault::Key),
    ("permission", Fault::Key),
    ("unauthenticated", Fault::Key),
    ("api_key", Fault::Key),
    ("unauthorized", Fault::Key),
    ("forbidden", Fault::Key),
];

/// What a status of HTTP means.
pub(crate) fn of_status(status: u16) -> Fault {
    match status {
        401 | 403 => Fault::Key,
        413 => Fault::TooLong,
        429 => Fault::Limited,
        503 | 529 => Fault::Busy,
        _ => Fault::Failed,
    }
}

/// What the error of a body or an event means: an object with a type, a code or a status, or only a text.
pub(crate) fn of_error(error: &Value) -> Fault {
    for key in ["type", "code", "status"] {
        match error.get(key) {
            Some(Value::String(word)) => {
                let word = word.to_ascii_lowercase();
                if let Some((_, fault)) = MEANINGS.iter().find(|(part, _)| word.contains(part)) {
                    return *fault;
                }
            }
            Some(Value::Number(number)) => {
                let fault = number.as_u64().and_then(|code| u16::try_from(code).ok()).map_or(Fault::Failed, of_status);
                if fault != Fault::Failed {
                    return fault;
                }
            }
            _ => {}
        }
    }
    Fault::Failed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_is_read_by_its_kind_and_never_by_its_words() {
        for (error, fault) in [
            (json!({"type": "overloaded_error", "message": "x"}), Fault::Busy),
            (json!({"code": 429, "message": "x", "status": "RESOURCE_EXHAUSTED"}), Fault::Limited),
            (json!({"code": 503, "message": "Loading model", "type": "unavailable_error"}), Fault::Busy),
            (json!({"code": "context_length_exceeded", "type": "invalid_request_error"}), Fault::TooLong),
            (json!({"type": "exceed_context_size_error", "code": 400}), Fault::TooLong),
            (json!({"code": "invalid_api_key"}), Fault::Key),
            (json!({"message": "overloaded"}), Fault::Failed),
            (json!("rate_limit"), Fault::Failed),
            (json!({"code": 1e300}), Fault::Failed),
        ] {
            assert_eq!(of_error(&error), fault, "{error}");
        }
    }
}
