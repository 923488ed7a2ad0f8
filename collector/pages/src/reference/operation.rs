use serde_json::Value;

use super::html::{anchor, escape, prose};
use super::schema::{kind, row};

/// The line of an operation in the list at the side.
pub(super) fn nav(path: &str, method: &str, operation: &Value) -> String {
    let summary = operation["summary"].as_str().unwrap_or(path);
    // The first sentence, and of it what stands before a list.
    let summary = escape(summary.split([':', ';']).next().unwrap_or(summary).split(". ").next().unwrap_or(summary));
    let summary = summary.trim_end_matches('.');
    format!("<li><a href=\"#{}\"><b class=\"method {method}\">{method}</b> {summary}</a></li>", id(path, method))
}

/// Everything about an operation.
pub(super) fn section(path: &str, method: &str, operation: &Value) -> String {
    let text = |key: &str| prose(operation[key].as_str().unwrap_or_default());
    let (summary, description) = (text("summary"), text("description"));
    let mut made = format!(
        "<section class=\"card operation\" id=\"{}\"><h3><b class=\"method {method}\">{method}</b> <code>{}</code></h3>\
         <p>{summary}</p><p class=\"note\">{description}</p>",
        id(path, method),
        escape(path).replace('/', "<wbr>/")
    );
    made.push_str(&parameters(operation));
    if let Some(content) = operation.pointer("/requestBody/content") {
        let about = prose(operation.pointer("/requestBody/description").and_then(Value::as_str).unwrap_or_default());
        made.push_str(&format!("<h4>Body</h4><p class=\"note\">{about}</p>{}", bodies(content)));
    }
    made.push_str("<h4>Answers</h4>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let about = prose(response["description"].as_str().unwrap_or_default());
        let tone = if status.starts_with('2') { "good" } else { "other" };
        made.push_str(&format!(
            "<div class=\"answer\"><p><b class=\"status {tone}\">{}</b> {about}</p>{}{}</div>",
            escape(status),
            headers(response),
            bodies(&response["content"])
        ));
    }
    made.push_str("</section>");
    made
}

fn id(path: &str, method: &str) -> String {
    format!("{method}{}", anchor(path))
}

fn parameters(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().filter(|parameters| !parameters.is_empty());
    let Some(parameters) = parameters else { return String::new() };
    let rows: String = parameters
        .iter()
        .map(|parameter| {
            let place = escape(parameter["in"].as_str().unwrap_or_default());
            let required = if parameter["required"] == true { ", required" } else { "" };
            let name = parameter["name"].as_str().unwrap_or_default();
            row(name, &format!("{place}{required}"), &kind(&parameter["schema"]), parameter)
        })
        .collect();
    format!("<h4>Parameters</h4><div class=\"scroll\" tabindex=\"0\"><table><tbody>{rows}</tbody></table></div>")
}

fn headers(response: &Value) -> String {
    let named = response["headers"].as_object().into_iter().flatten().map(|(name, header)| {
        let about = prose(header["description"].as_str().unwrap_or_default());
        format!("<p class=\"note\">Header <code>{}</code>: {about}</p>", escape(name))
    });
    named.collect()
}

/// What a request or an answer holds, with its examples.
fn bodies(content: &Value) -> String {
    let each = content.as_object().into_iter().flatten().map(|(media, body)| {
        let shape = if body["schema"].is_object() { kind(&body["schema"]) } else { String::from("any bytes") };
        let named = body["examples"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, e)| Some((name.as_str(), e.get("value")?)));
        let examples = body.get("example").map(|value| ("", value)).into_iter().chain(named);
        let examples: String = examples.map(|(name, value)| example(name, value)).collect();
        format!("<p><code>{}</code>: {shape}</p>{examples}", escape(media))
    });
    each.collect()
}

fn example(name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    let name = if name.is_empty() { String::new() } else { format!(": {}", escape(name)) };
    format!("<details><summary>Example{name}</summary><pre tabindex=\"0\">{}</pre></details>", escape(&text))
}
