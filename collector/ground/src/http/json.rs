//! JSON bodies: read to the end, with the field named that is wrong or not known.

use axum::extract::Request;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Problem;
use super::body::{Bodies, require_json};

/// Levels of arrays and objects within a field.
const NESTING: usize = 8;
/// Bytes of a name that are told back.
const LONGEST_NAME: usize = 256;

/// What is done with fields that are not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownFields {
    /// They are an error.
    Refused,
    /// They are left out, and named in a warning.
    Ignored,
}

impl UnknownFields {
    /// Applies the rule to the names that were met.
    ///
    /// # Errors
    /// 400 with the first name, where they are refused.
    pub fn apply(self, within: &str, names: Vec<String>, warnings: &mut Vec<String>) -> Result<(), Problem> {
        let Some(first) = names.first() else { return Ok(()) };
        let text: String = first.chars().take(LONGEST_NAME).collect();
        match self {
            Self::Refused => {
                let known = "the fields are listed at /api/v1/openapi.json";
                Err(Problem::bad_request(&text, format!("there is no field `{text}` in {within}; {known}")))
            }
            Self::Ignored => {
                warnings.extend(names.iter().map(|name| {
                    let name: String = name.chars().take(LONGEST_NAME).collect();
                    format!("the field `{name}` is not known and was ignored")
                }));
                Ok(())
            }
        }
    }
}

/// Unknown fields that are named; a list of samples may repeat one thousands of times.
const MOST_WARNINGS: usize = 16;

/// Reads JSON, and gives the paths of the first fields that are not known. A problem names the place below `field`.
///
/// # Errors
/// 400.
pub fn parse<'a, T: Deserialize<'a>>(field: &str, json: &'a [u8]) -> Result<(T, Vec<String>), Problem> {
    let below = |path: String| match (field, path.as_str()) {
        ("", "." | "" | "?") => "body".to_owned(),
        (field, "." | "" | "?") => field.to_owned(),
        ("", path) => path.to_owned(),
        (field, path) if path.starts_with('[') => format!("{field}{path}"),
        (field, path) => format!("{field}.{path}"),
    };
    let mut names = Vec::new();
    // A body can be nothing but names: no more are gathered than are told.
    let mut ignored = |path: serde_ignored::Path<'_>| {
        if names.len() < MOST_WARNINGS {
            names.push(below(indexed(&path)));
        }
    };
    let mut reader = serde_json::Deserializer::from_slice(json);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let read = T::deserialize(serde_ignored::Deserializer::new(tracked, &mut ignored));
    let read = read.and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(value) => Ok((value, names)),
        Err(error) => {
            let mut place = below(track.path().to_string());
            if let Some(name) = named(&error.to_string()) {
                place = if place == "body" { name } else { format!("{place}.{name}") };
            }
            Err(Problem::bad_request(&place, format!("{place} does not read: {error}")))
        }
    }
}

/// The field that is missing or there twice, which the path to the object around it does not name.
fn named(error: &str) -> Option<String> {
    let name = ["duplicate field `", "missing field `"].into_iter().find_map(|start| error.strip_prefix(start))?;
    Some(name.split('`').next()?.to_owned())
}

/// A path with places in arrays in brackets, as paths of errors have them.
fn indexed(path: &serde_ignored::Path<'_>) -> String {
    let parts = path.to_string();
    parts.split('.').fold(String::new(), |path, part| match part.parse::<usize>() {
        Ok(place) => format!("{path}[{place}]"),
        Err(_) if path.is_empty() => part.to_owned(),
        Err(_) => format!("{path}.{part}"),
    })
}

/// Takes in a body of at most `limit` bytes that is JSON, and gives what of it was ignored.
///
/// # Errors
/// As [`Bodies::receive`]; 415 when it is not JSON, 400 when it does not read.
pub async fn take<T: DeserializeOwned>(
    bodies: &Bodies,
    request: Request,
    limit: usize,
    unknown: UnknownFields,
) -> Result<(T, Vec<String>), Problem> {
    require_json(request.headers())?;
    let received = bodies.receive(request.into_body(), limit).await?;
    check_nesting("body", &received.bytes)?;
    // A list would be read as an object whose fields have no names.
    if received.bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'[') {
        return Err(Problem::bad_request("body", "the body is a list: expected an object, {...}"));
    }
    let mut warnings = Vec::new();
    let value = value("", &received.bytes, unknown, &mut warnings)?;
    Ok((value, warnings))
}

/// Reads JSON whole: the field of a body, or with an empty name the body itself.
///
/// # Errors
/// 400.
pub fn value<T: DeserializeOwned>(
    field: &str,
    json: &[u8],
    unknown: UnknownFields,
    warnings: &mut Vec<String>,
) -> Result<T, Problem> {
    let (value, names) = parse(field, json)?;
    unknown.apply(if field.is_empty() { "the body" } else { field }, names, warnings)?;
    Ok(value)
}

/// Refuses arrays and objects that lie in one another too deep.
///
/// # Errors
/// 400.
pub fn check_nesting(field: &str, json: &[u8]) -> Result<(), Problem> {
    let (mut depth, mut within_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match (within_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => within_string = !within_string,
            (false, b'[' | b'{') => {
                depth += 1;
                if depth > NESTING {
                    let detail = format!("{field} has arrays or objects over {} levels deep", NESTING);
                    return Err(Problem::bad_request(field, detail));
                }
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_within_strings_are_not_levels() {
        assert!(check_nesting("body", br#"{"a": "[[[[[[[[[[[[\"[[["}"#).is_ok());
        assert!(check_nesting("body", &b"[".repeat(100)).is_err());
    }

    #[test]
    fn names_that_are_not_known_are_not_gathered_however_many_there_are() {
        #[derive(Debug, Deserialize)]
        struct Nothing {}
        let json = format!("{{{}}}", (0..10_000).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","));
        let (Nothing {}, names) = parse("", json.as_bytes()).expect("reads");
        assert_eq!(names.len(), MOST_WARNINGS);
    }

    #[test]
    fn a_field_that_is_not_known_is_named_where_it_stands() {
        #[derive(Debug, Deserialize)]
        struct Body {
            inner: Vec<Inner>,
        }
        #[derive(Debug, Deserialize)]
        struct Inner {
            x: f64,
        }
        let json = br#"{"inner": [{"x": 1, "y": 2}]}"#;
        let refused = value::<Body>("", json, UnknownFields::Refused, &mut Vec::new()).expect_err("y is not known");
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("inner[0].y")));
        let mut warnings = Vec::new();
        let read: Body = value("", json, UnknownFields::Ignored, &mut warnings).expect("reads");
        assert_eq!((read.inner[0].x, warnings.len()), (1.0, 1));
        let wrong = value::<Body>("", br#"{"inner": [{}]}"#, UnknownFields::Refused, &mut Vec::new());
        assert_eq!(wrong.expect_err("x is missing").field.as_deref(), Some("inner[0].x"));
    }
}
