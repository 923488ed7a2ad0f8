//! The API and the pages: puts the routes of all subjects together and serves them.

mod asked;
mod layers;
mod root;
mod server;

use attune_ground::http::document;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::PathItem;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use server::{House, app, listen};

use crate::rights;
use crate::subjects::{self, Subjects};

#[derive(OpenApi)]
#[openapi(
    info(title = "Attune collector", description = "Sessions of wellbeing, fused from features of people's own devices."),
    tags(
        (name = "sign-in", description = "programs that sign in as somebody, or as a machine"),
        (name = "administration", description = "accounts, people and their devices, teams, tokens of machines, for who runs the collector"),
        (name = "service", description = "what this is and how it is"),
        (name = "analysis", description = "scores of what is sent, at once"),
        (name = "sessions", description = "people's windows with no gap over ten minutes, and what was sent for analysis"),
        (name = "me", description = "what is one's own: devices, consents, who read of one, taking, correcting and erasing all of it"),
        (name = "teams", description = "figures of teams that are large enough, for HR and for who leads them; never of one person"),
        (name = "messages", description = "what people write where they work: handed in by machines, read and destroyed; its writer alone sees how it was read"),
        (name = "hr", description = "tables that HR gives: looked at first, taken in as a whole, taken back; the master table of what stands; and what they say of oneself"),
        (name = "contact", description = "reminders that people choose for themselves, and letters between them and HR"),
        (name = "reports", description = "reports as PDF that everybody can have read out: of a person, of a day, of a team; kept sealed for a while"),
        (name = "alerts", description = "what was measured over days or weeks and is worth a look: about oneself, or about teams for which one answers"),
        (name = "records", description = "what is kept of everybody: how much, and never what; for privacy officers"),
        (name = "preferences", description = "what people want of the analysis of what is sent for them")
    )
)]
struct Document;

/// All routes under `/api/v1` with their description.
fn routes() -> OpenApiRouter<Subjects> {
    let own = OpenApiRouter::new().merge(root::router());
    let v1 = subjects::all().into_iter().fold(own, |v1, subject| v1.merge((subject.routes)()));
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", v1)
}

/// The methods that a path has.
fn methods(item: &PathItem) -> Vec<&'static str> {
    let all = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    all.into_iter().filter(|(_, operation)| operation.is_some()).map(|(method, _)| method).collect()
}

/// The OpenAPI 3.1 document as JSON text, as it is committed in `collector/openapi.json`.
///
/// # Panics
/// Never: the document holds nothing that JSON cannot write.
#[must_use]
pub fn openapi() -> String {
    let mut document = serde_json::to_value(routes().to_openapi()).expect("a document of strings and numbers");
    describe(&mut document);
    let mut text = serde_json::to_string_pretty(&document).expect("a document of strings and numbers");
    text.push('\n');
    text
}

/// Adds what the types do not say.
fn describe(openapi: &mut Value) {
    document::finish(openapi);
    document::add_examples(openapi, include_str!("examples.json"));
    subjects::all().iter().for_each(|subject| (subject.describe)(openapi));
    rights::describe(openapi);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

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
        let document: Value = serde_json::from_str(&super::openapi()).expect("JSON");
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

    #[test]
    fn every_operation_says_how_it_may_be_refused() {
        let document: Value = serde_json::from_str(&super::openapi()).expect("JSON");
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                let body: &[&str] = if operation.get("requestBody").is_some() { &["408", "413", "415"] } else { &[] };
                for status in ["400", "401", "403", "421", "429", "500", "503"].iter().chain(body) {
                    let answer = &operation["responses"][status];
                    assert!(answer["description"].is_string(), "{method} {path} {status}");
                }
            }
        }
        for person in ["post /api/v1/analyze", "get /api/v1/sessions/{id}", "get /api/v1/preferences/{user_id}"] {
            let (method, path) = person.split_once(' ').expect("a method");
            assert!(document["paths"][path][method]["responses"]["410"].is_object(), "{person}");
        }
    }

    #[test]
    fn the_committed_document_is_the_one_that_is_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == super::openapi(),
            "the API has changed: look at the difference, then run `attune-collector openapi > collector/openapi.json`"
        );
    }
}
