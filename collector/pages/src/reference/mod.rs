//! The API's reference as one page of plain HTML, from the same OpenAPI document that machines read.
//!
//! It is made once, at the start, and needs no JavaScript: it can be read, searched, printed and kept.

mod html;
mod operation;
mod schema;

use axum::Router;
use axum::response::{Html, Redirect};
use axum::routing::get;
use serde_json::Value;

use self::html::{escape, prose};

pub(super) fn router<S: Clone + Send + Sync + 'static>(document: &str) -> Router<S> {
    // One text for all answers: a page is tens of kilobytes.
    let page: &'static str = Box::leak(render(document).into_boxed_str());
    Router::new()
        .route("/redoc", get(move || async move { Html(page) }))
        .route("/redoc/", get(|| async { Redirect::permanent("/redoc") }))
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page of an OpenAPI document; what in it is not understood is left out.
fn render(document: &str) -> String {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (mut nav, mut body) = (String::new(), String::new());
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let operations = operations(&document, name);
        if operations.is_empty() {
            continue;
        }
        let (id, name, about) = (escape(name), escape(name), prose(tag["description"].as_str().unwrap_or_default()));
        nav.push_str(&format!("<li><a href=\"#{id}\">{name}</a><ul>"));
        body.push_str(&format!("<section id=\"{id}\"><h2>{name}</h2><p class=\"note\">{about}</p>"));
        for (path, method, operation) in operations {
            nav.push_str(&operation::nav(path, method, operation));
            body.push_str(&operation::section(path, method, operation));
        }
        nav.push_str("</ul></li>");
        body.push_str("</section>");
    }
    nav.push_str("<li><a href=\"#schemas\">schemas</a></li>");
    body.push_str("<section id=\"schemas\"><h2>schemas</h2>");
    for (name, schema) in document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten() {
        body.push_str(&schema::section(name, schema));
    }
    body.push_str("</section>");
    let (title, version) = (escape(text("/info/title")), escape(text("/info/version")));
    include_str!("../files/reference.html")
        .replace("{title}", &title)
        .replace("{version}", &version)
        .replace("{description}", &prose(text("/info/description")))
        .replace("{nav}", &nav)
        .replace("{body}", &body)
}

/// Path, method and description of what a tag names.
fn operations<'a>(document: &'a Value, tag: &str) -> Vec<(&'a str, &'static str, &'a Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        METHODS.into_iter().filter_map(move |method| Some((path.as_str(), method, methods.get(method)?)))
    });
    let tagged = |operation: &Value| operation["tags"].as_array().into_iter().flatten().any(|t| t == tag);
    all.filter(|(_, _, operation)| tagged(operation)).collect()
}

#[cfg(test)]
mod tests;
