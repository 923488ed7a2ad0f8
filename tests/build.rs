//! Generates a client of the collector's API from its committed description, as somebody else would.
//!
//! The generator reads OpenAPI 3.0; the description is 3.1. What the two say in different words is put into the older
//! ones here: types that may be null, bounds that are excluded. Forms with files, tables and headers that need
//! not be there are left out, which it cannot send, and errors of a second type.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

fn main() {
    let description = Path::new("../collector/openapi.json");
    println!("cargo::rerun-if-changed={}", description.display());
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string(description).expect("the description is committed");
    let mut document: Value = serde_json::from_str(&text).expect("it is JSON");
    older(&mut document);
    document["openapi"] = json!("3.0.3");
    let operations = document["paths"].as_object_mut().into_iter().flatten();
    for operation in operations.flat_map(|(_, path)| path.as_object_mut().into_iter().flatten()) {
        let bodies = operation.1.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
        let is_sent = bodies.is_none_or(|bodies| {
            ["multipart/form-data", "text/csv", "application/octet-stream"]
                .iter()
                .for_each(|kind| _ = bodies.remove(*kind));
            !bodies.is_empty()
        });
        if !is_sent {
            operation.1.as_object_mut().and_then(|operation| operation.remove("requestBody"));
        }
        one_kind_of_error(operation.1);
        let parameters = operation.1.get_mut("parameters").and_then(Value::as_array_mut);
        parameters.into_iter().for_each(|parameters| parameters.retain(|parameter| parameter["in"] != "header"));
    }
    let document = serde_json::from_value(document).expect("it reads as OpenAPI 3.0");
    let client = progenitor_impl::Generator::default().generate_tokens(&document).expect("a client can be generated");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names a folder"));
    std::fs::write(folder.join("client.rs"), client.to_string()).expect("the folder can be written");
}

/// It knows one type of error of an operation: where there is one of its own, the problems that any may answer are left out.
fn one_kind_of_error(operation: &mut Value) {
    let Some(answers) = operation["responses"].as_object_mut() else { return };
    let own = |(status, answer): (&String, &Value)| {
        status.as_str() >= "400" && answer["content"]["application/json"].is_object()
    };
    if answers.iter().any(own) {
        answers.retain(|_, answer| !answer["content"]["application/problem+json"].is_object());
    }
}

/// Rewrites a schema, and all within it, from OpenAPI 3.1 to 3.0.
fn older(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(older),
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get("type").cloned() {
                let known: Vec<Value> = types.iter().filter(|kind| *kind != "null").cloned().collect();
                if let ([kind], true) = (&known[..], types.len() == 2) {
                    object.insert("type".into(), kind.clone());
                    object.insert("nullable".into(), true.into());
                }
            }
            if let Some(Value::Array(choices)) = object.get("oneOf").cloned() {
                let known: Vec<Value> = choices.iter().filter(|choice| choice["type"] != "null").cloned().collect();
                if known.len() == 1 && choices.len() == 2 {
                    object.remove("oneOf");
                    object.insert("allOf".into(), known.into());
                    object.insert("nullable".into(), true.into());
                }
            }
            // Which fields go together is for the server to say.
            object.remove("anyOf");
            for (excluded, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                if let Some(number) = object.get(excluded).filter(|value| value.is_number()).cloned() {
                    object.insert(bound.into(), number);
                    object.insert(excluded.into(), true.into());
                }
            }
            object.values_mut().for_each(older);
        }
        _ => {}
    }
}
