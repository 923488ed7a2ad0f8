use serde_json::Value;

use super::html::{anchor, escape, prose};

/// A named schema: its fields, or what values it has.
pub(super) fn section(name: &str, schema: &Value) -> String {
    let id = anchor(name);
    let about = prose(schema["description"].as_str().unwrap_or_default());
    let fields = fields(schema);
    let shape = if fields.is_empty() { format!("<p>{}</p>{}", kind(schema), variants(schema)) } else { fields };
    format!(
        "<section class=\"card\" id=\"schema-{id}\"><h3><code>{}</code></h3><p class=\"note\">{about}</p>{shape}</section>",
        escape(name)
    )
}

/// The fields of an object as a table; nothing when it has none that are named.
fn fields(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object().filter(|properties| !properties.is_empty()) else {
        return String::new();
    };
    let required = |name: &str| schema["required"].as_array().into_iter().flatten().any(|r| r == name);
    let rows: String = properties
        .iter()
        .map(|(name, property)| row(name, if required(name) { "always there" } else { "" }, &kind(property), property))
        .collect();
    format!("<div class=\"scroll\" tabindex=\"0\"><table><tbody>{rows}</tbody></table></div>")
}

/// One line of a table of fields or parameters.
pub(super) fn row(name: &str, mark: &str, kind: &str, of: &Value) -> String {
    let about = prose(of["description"].as_str().unwrap_or_default());
    let limits = limits(of.get("schema").unwrap_or(of));
    format!(
        "<tr><th scope=\"row\"><code>{}</code><span class=\"mark\">{mark}</span></th><td>{kind}<span class=\"mark\">{limits}</span></td>\
         <td>{about}</td></tr>",
        escape(name)
    )
}

/// What a value is, in words, with links to named schemas.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#schema-{}\">{}</a>", anchor(name), escape(name));
    }
    for (key, word) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(parts) = schema[key].as_array() {
            return parts.iter().map(kind).collect::<Vec<_>>().join(word);
        }
    }
    if let Some(value) = schema.get("const") {
        return format!("<code>{}</code>", escape(&value.to_string()));
    }
    let one = |name: &str| match name {
        "array" => format!("array of {}", kind(&schema["items"])),
        "object" => match schema.get("additionalProperties") {
            Some(values) if values.is_object() => format!("object of {}", kind(values)),
            _ => String::from("object"),
        },
        name => escape(name),
    };
    let base = match &schema["type"] {
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(" or "),
        _ => String::from("any value"),
    };
    match schema["format"].as_str() {
        Some(format) => format!("{base} ({})", escape(format)),
        None => base,
    }
}

/// The values of an enumeration.
fn variants(schema: &Value) -> String {
    let values = schema["enum"].as_array().into_iter().flatten();
    let named: Vec<String> = values.map(|value| format!("<code>{}</code>", escape(&value.to_string()))).collect();
    if named.is_empty() { String::new() } else { format!("<p>One of {}.</p>", named.join(", ")) }
}

/// Bounds and defaults of a value.
fn limits(schema: &Value) -> String {
    const NAMES: [(&str, &str); 8] = [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("minLength", "length at least"),
        ("maxLength", "length at most"),
        ("minItems", "items at least"),
        ("maxItems", "items at most"),
        ("pattern", "pattern"),
        ("default", "default"),
    ];
    let mut said: Vec<String> = NAMES
        .iter()
        .filter_map(|(key, name)| Some(format!("{name} {}", escape(&schema.get(key)?.to_string()))))
        .collect();
    if let Some(values) = schema["enum"].as_array() {
        said.push(values.iter().map(|value| escape(&value.to_string())).collect::<Vec<_>>().join(", "));
    }
    said.join("; ")
}
