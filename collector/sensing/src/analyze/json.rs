use attune_ground::http::Problem;
use attune_ground::http::json::{UnknownFields, check_nesting, parse};
use attune_people::accounts::user_id;
use axum::body::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::request::{AnalyzeRequest, Medium, Series, session_id, timestamp};

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
        user_id: fields.user_id.as_deref().map(user_id).transpose()?,
        began: fields.timestamp.as_deref().map(timestamp).transpose()?,
        seconds: fields.duration_seconds,
        graph: fields.include_graph,
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
            (r#"{"session_id": ""}"#, "session_id"),
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
}
