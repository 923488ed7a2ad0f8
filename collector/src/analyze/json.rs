use axum::body::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::limits;
use super::request::{AnalyzeRequest, Medium, Series, UnknownFields, session_id, timestamp, user_id};
use crate::api::Problem;

/// The fields of a JSON body. Those that are large stay as they came.
#[derive(Deserialize)]
struct Fields<'a> {
    session_id: Option<String>,
    user_id: Option<String>,
    #[serde(borrow, alias = "face_image_base64")]
    face_image: Option<&'a RawValue>,
    #[serde(borrow, alias = "audio_base64")]
    audio_data: Option<&'a RawValue>,
    #[serde(borrow)]
    motion_data: Option<&'a RawValue>,
    #[serde(borrow)]
    heart_data: Option<&'a RawValue>,
    timestamp: Option<String>,
    #[serde(alias = "session_duration")]
    duration_seconds: Option<f64>,
    include_graph: Option<bool>,
}

/// Reads a JSON body.
pub(crate) fn read(body: &Bytes, unknown: UnknownFields) -> Result<AnalyzeRequest, Problem> {
    check_nesting("body", body)?;
    let (fields, names): (Fields<'_>, _) = parse("", body)?;
    let mut warnings = Vec::new();
    unknown.apply("the body", names, &mut warnings)?;
    let medium = |field, raw: Option<&RawValue>| raw.map(|raw| text(body, field, raw).map(Medium::Base64)).transpose();
    let series = |raw: Option<&RawValue>| raw.map(|raw| Series::Json(body.slice_ref(raw.get().as_bytes())));
    Ok(AnalyzeRequest {
        session: fields.session_id.as_deref().map(session_id).transpose()?,
        user_id: fields.user_id.map(user_id).transpose()?,
        began: fields.timestamp.as_deref().map(timestamp).transpose()?,
        seconds: fields.duration_seconds,
        graph: fields.include_graph.unwrap_or(false),
        picture: medium("face_image", fields.face_image)?,
        sound: medium("audio_data", fields.audio_data)?,
        motion: series(fields.motion_data),
        heart: series(fields.heart_data),
        warnings,
    })
}

/// A string field's content; copied only where it holds escapes.
fn text(body: &Bytes, field: &str, raw: &RawValue) -> Result<Bytes, Problem> {
    let quoted = raw.get();
    match quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(body.slice_ref(plain.as_bytes())),
        Some(_) => {
            let unescaped: String = serde_json::from_str(quoted)
                .map_err(|_| Problem::bad_request(field, format!("{field} is a string with broken escapes")))?;
            Ok(unescaped.into())
        }
        None => Err(Problem::bad_request(field, format!("{field} must be a string of base64"))),
    }
}

/// Reads JSON, and gives the paths of fields that are not known. A problem names the place below `field`.
fn parse<'a, T: Deserialize<'a>>(field: &str, json: &'a [u8]) -> Result<(T, Vec<String>), Problem> {
    let below = |path: String| match (field, path.as_str()) {
        ("", "." | "" | "?") => "body".to_owned(),
        (field, "." | "" | "?") => field.to_owned(),
        ("", path) => path.to_owned(),
        (field, path) if path.starts_with('[') => format!("{field}{path}"),
        (field, path) => format!("{field}.{path}"),
    };
    let mut names = Vec::new();
    let mut ignored = |path: serde_ignored::Path<'_>| names.push(below(indexed(&path)));
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

/// Reads JSON whole: the field of a body, or with an empty name the body itself.
pub(crate) fn value<T: DeserializeOwned>(
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
pub(crate) fn check_nesting(field: &str, json: &[u8]) -> Result<(), Problem> {
    let (mut depth, mut within_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match (within_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => within_string = !within_string,
            (false, b'[' | b'{') => {
                depth += 1;
                if depth > limits::NESTING {
                    let detail = format!("{field} has arrays or objects over {} levels deep", limits::NESTING);
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

    fn strict(body: &'static str) -> Result<AnalyzeRequest, Problem> {
        read(&Bytes::from_static(body.as_bytes()), UnknownFields::Refused)
    }

    #[test]
    fn the_references_names_are_aliases() {
        let request =
            strict(r#"{"face_image_base64": "aGk=", "audio_base64": "a\/8=", "session_duration": 5}"#).expect("reads");
        assert!(matches!(request.picture, Some(Medium::Base64(text)) if text == "aGk="));
        assert!(matches!(request.sound, Some(Medium::Base64(text)) if text == "a/8="));
        assert_eq!(request.seconds, Some(5.0));
    }

    #[test]
    fn null_is_as_good_as_left_out() {
        let request = strict(r#"{"face_image": null, "motion_data": [], "user_id": null}"#).expect("reads");
        assert!(request.picture.is_none() && request.user_id.is_none() && request.motion.is_some());
    }

    #[test]
    fn a_problem_names_the_field() {
        for (body, field) in [
            (r#"{"heart_data": [800, NaN]}"#, "heart_data"),
            (r#"{"face_image": 3}"#, "face_image"),
            (r#"{"face_image": "a", "face_image_base64": "b"}"#, "face_image"),
            (r#"{"user_id": 7}"#, "user_id"),
            (r#"{"session_id": "7"}"#, "session_id"),
            (r#"{"mood": "fine"}"#, "mood"),
            (r#"{"heart_data": [[[[[[[[1]]]]]]]]}"#, "body"),
            (r#"["face_image"]"#, "body"),
            ("", "body"),
            (r#"{"heart_data": [800]} x"#, "body"),
        ] {
            let problem = strict(body).expect_err(body);
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)), "{body}: {}", problem.detail);
        }
        assert!(strict(r#"{"user_id": "a", "user_id": "b"}"#).expect_err("twice").detail.contains("duplicate field"));
    }

    #[test]
    fn unknown_fields_are_named_where_they_are_not_refused() {
        let body = Bytes::from_static(br#"{"heart_data": [800], "mood": {"a": [1]}, "app": 2}"#);
        let request = read(&body, UnknownFields::Ignored).expect("reads");
        assert_eq!(request.warnings.len(), 2);
        assert!(request.warnings[0].contains("`mood`"), "{:?}", request.warnings);
    }

    #[test]
    fn braces_within_strings_are_not_levels() {
        assert!(check_nesting("body", br#"{"a": "[[[[[[[[[[[[\"[[["}"#).is_ok());
        assert!(check_nesting("body", &b"[".repeat(100)).is_err());
    }
}
