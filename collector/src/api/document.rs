//! What the types do not say in the OpenAPI document: examples, and rules over several fields.

use serde_json::{Value, json};

/// Examples by operation: `METHOD PATH`, then `request` or the status of the answer.
const EXAMPLES: &str = include_str!("examples.json");

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Adds what the types do not say.
pub(super) fn finished(mut document: Value) -> Value {
    let examples: Value = serde_json::from_str(EXAMPLES).expect("the examples are JSON, as a test holds");
    refuse_unknown_fields(&mut document);
    let Some(paths) = document["paths"].as_object_mut() else { return document };
    for (path, operations) in paths {
        for method in METHODS {
            let Some(operation) = operations.get_mut(method) else { continue };
            let own = &examples[format!("{} {path}", method.to_uppercase())];
            let requests = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
            for (kind, content) in requests.into_iter().flatten() {
                set_example(content, own["request"][kind].clone());
            }
            let summary = operation["summary"].clone();
            for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
                // The standard wants one; where the type's makers saw no need for it, the operation's own words are it.
                if response.get("description").is_none() {
                    response["description"] = summary.clone();
                }
                let description = response["description"].as_str().map(str::to_owned);
                let contents = response.get_mut("content").and_then(Value::as_object_mut);
                for (kind, content) in contents.into_iter().flatten() {
                    let example = match kind.as_str() {
                        "application/problem+json" => problem(status, description.as_deref()),
                        _ => own[status].clone(),
                    };
                    set_example(content, example);
                }
            }
        }
    }
    document
}

fn set_example(content: &mut Value, example: Value) {
    if !example.is_null() {
        content["example"] = example;
    }
}

fn problem(status: &str, description: Option<&str>) -> Value {
    let code: u16 = status.parse().unwrap_or_default();
    let title = axum::http::StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason());
    json!({"status": code, "title": title, "detail": description})
}

/// Bodies that are taken in have the fields that are listed and no others; an analysis needs something to look at.
fn refuse_unknown_fields(document: &mut Value) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    for (name, schema) in schemas {
        if name.ends_with("Body") || name.ends_with("Form") {
            schema["additionalProperties"] = json!(false);
        }
        if name.starts_with("Analyze") {
            let media = ["face_image", "audio_data", "motion_data", "heart_data"];
            schema["anyOf"] = media.map(|field| json!({"required": [field]})).into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every content of the document, with the place that names it.
    fn contents(document: &Value) -> Vec<(String, &Value)> {
        let mut found = Vec::new();
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                let bodies = operation["responses"].as_object().expect("responses").iter();
                let bodies = bodies.map(|(status, body)| (status.as_str(), body));
                let bodies = bodies.chain(operation.get("requestBody").map(|body| ("request", body)));
                for (what, body) in bodies {
                    for (kind, content) in body["content"].as_object().into_iter().flatten() {
                        found.push((format!("{method} {path} {what} {kind}"), content));
                    }
                }
            }
        }
        found
    }

    #[test]
    fn every_request_and_answer_has_an_example_that_its_schema_allows() {
        let document: Value = serde_json::from_str(&super::super::openapi()).expect("JSON");
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
        let contents = contents(&document);
        assert!(contents.len() > 30, "{}", contents.len());
        for (place, content) in contents {
            let example = content.get("example").unwrap_or_else(|| panic!("no example: {place}"));
            let mut schema = content["schema"].clone();
            schema["components"] = document["components"].clone();
            let validator = jsonschema::validator_for(&schema).expect("a schema");
            let errors: Vec<String> =
                validator.iter_errors(example).map(|e| format!("{e} at {}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{place}: {errors:?}");
        }
    }
}
