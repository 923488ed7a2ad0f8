//! What the types do not say in the OpenAPI document: examples, and that no other fields are taken.

use axum::http::StatusCode;
use serde_json::{Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What every request may be answered, whatever it asks for.
const ALWAYS: [(&str, &str); 7] = [
    ("400", "the request does not read: its header Host, its path or a parameter"),
    ("401", "who asks is not known, or shows something that does not hold; only once there are accounts"),
    ("403", "it was asked for a page of another origin, or from another machine without TLS"),
    ("421", "it was asked by a name that is not the collector's"),
    ("429", "it was asked too often from one address or by one account; Retry-After says when to ask again"),
    ("500", "a fault of the collector's; its log says more"),
    ("503", "too much is asked at once, or the answer took too long; Retry-After says when to try again"),
];
/// What every request with a body may be answered besides.
const WITH_A_BODY: [(&str, &str); 3] =
    [("408", "the body came too slowly"), ("413", "the body is too large"), ("415", "the body is of another kind")];

/// Adds what holds for all operations: the answers that every request may get, descriptions of answers, examples of
/// problems, bodies without other fields.
pub fn finish(document: &mut Value) {
    refuse_unknown_fields(document);
    for_each_operation(document, |_, operation| {
        let body: &[_] = if operation.get("requestBody").is_some() { &WITH_A_BODY } else { &[] };
        for (status, description) in ALWAYS.iter().chain(body) {
            let schema = json!({"$ref": "#/components/schemas/Problem"});
            let answer = json!({
                "description": description,
                "content": {"application/problem+json": {"schema": schema}},
            });
            let answers = operation["responses"].as_object_mut();
            answers.into_iter().for_each(|answers| _ = answers.entry(*status).or_insert(answer.clone()));
        }
        let summary = operation["summary"].clone();
        for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            // The standard wants one; where the type's makers saw no need for it, the operation's own words are it.
            if response.get("description").is_none() {
                response["description"] = summary.clone();
            }
            let description = response["description"].as_str().map(str::to_owned);
            if let Some(content) = response.pointer_mut("/content/application~1problem+json") {
                content["example"] = problem(status, description.as_deref());
            }
        }
    });
}

/// Adds examples by operation: `METHOD PATH`, then `request` or the status of the answer. Those of operations that the
/// document does not have are passed over.
///
/// # Panics
/// When `examples` is no JSON.
pub fn add_examples(document: &mut Value, examples: &str) {
    let examples: Value = serde_json::from_str(examples).expect("the examples are JSON, as a test holds");
    for_each_operation(document, |name, operation| {
        let Some(own) = examples.get(name) else { return };
        let requests = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
        for (kind, content) in requests.into_iter().flatten() {
            set_example(content, &own["request"][kind]);
        }
        for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            let contents = response.get_mut("content").and_then(Value::as_object_mut);
            for (kind, content) in contents.into_iter().flatten() {
                if kind != "application/problem+json" {
                    set_example(content, &own[status]);
                }
            }
        }
    });
}

fn for_each_operation(document: &mut Value, mut change: impl FnMut(&str, &mut Value)) {
    for (path, operations) in document["paths"].as_object_mut().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = operations.get_mut(method) {
                change(&format!("{} {path}", method.to_uppercase()), operation);
            }
        }
    }
}

fn set_example(content: &mut Value, example: &Value) {
    if !example.is_null() {
        content["example"] = example.clone();
    }
}

fn problem(status: &str, description: Option<&str>) -> Value {
    let code: u16 = status.parse().unwrap_or_default();
    let title = StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason());
    json!({"status": code, "title": title, "detail": description})
}

/// Bodies that are taken in have the fields that are listed and no others.
fn refuse_unknown_fields(document: &mut Value) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if name.ends_with("Body") || name.ends_with("Form") {
            schema["additionalProperties"] = json!(false);
        }
    }
}
