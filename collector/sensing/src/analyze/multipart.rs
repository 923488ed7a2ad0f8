use attune_ground::http::Problem;
use attune_ground::http::json::{UnknownFields, check_nesting};
use attune_people::accounts::user_id;
use axum::body::{Body, Bytes};

use super::request::{AnalyzeRequest, Medium, Series, session_id, timestamp};

/// The most parts that are looked at; there are not so many names.
const MOST_PARTS: usize = 64;

/// Reads a form with files. Each part is one of the JSON body's fields; pictures and sounds come as they are, or as base64
/// in parts that are named so.
pub(crate) async fn read(body: &Bytes, content_type: &str, unknown: UnknownFields) -> Result<AnalyzeRequest, Problem> {
    let broken = |error: multer::Error| Problem::bad_request("body", format!("the form does not read: {error}"));
    let boundary = multer::parse_boundary(content_type).map_err(broken)?;
    let mut form = multer::Multipart::new(Body::from(body.clone()).into_data_stream(), boundary);
    let mut request = AnalyzeRequest::default();
    let (mut strangers, mut seen) = (Vec::new(), Vec::new());
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let kind = match part.content_type() {
            _ if name.ends_with("_base64") => Kind::Base64,
            Some(kind) if kind.subtype() == "csv" => Kind::Csv,
            _ => Kind::Other,
        };
        let file = part.file_name().is_some_and(|file| !file.is_empty());
        let bytes = part.bytes().await.map_err(broken)?;
        let known = canonical(&name);
        // A form of a page sends its fields also where nothing was put in.
        if known.is_some() && bytes.is_empty() && !file {
            continue;
        }
        if seen.contains(&known.unwrap_or(&name).to_owned()) {
            return Err(Problem::bad_request(&name, format!("the form holds `{name}` twice")));
        }
        if seen.len() == MOST_PARTS {
            return Err(Problem::bad_request("body", format!("the form has more than {MOST_PARTS} parts")));
        }
        seen.push(known.unwrap_or(&name).to_owned());
        match known {
            Some(field) => take(&mut request, field, bytes, kind)?,
            None => strangers.push(name),
        }
    }
    let mut warnings = Vec::new();
    unknown.apply("the form", strangers, &mut warnings)?;
    request.warnings = warnings;
    Ok(request)
}

/// The field that a part's name means.
fn canonical(name: &str) -> Option<&'static str> {
    Some(match name {
        "session_id" => "session_id",
        "user_id" => "user_id",
        "face_image" | "face_image_base64" => "face_image",
        "audio_data" | "audio_base64" => "audio_data",
        "motion_data" => "motion_data",
        "heart_data" => "heart_data",
        "timestamp" => "timestamp",
        "duration_seconds" | "session_duration" => "duration_seconds",
        "include_graph" => "include_graph",
        _ => return None,
    })
}

/// What a part says of its content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Base64,
    Csv,
    Other,
}

fn take(request: &mut AnalyzeRequest, field: &'static str, bytes: Bytes, kind: Kind) -> Result<(), Problem> {
    let text = || {
        let text =
            std::str::from_utf8(&bytes).map_err(|_| Problem::bad_request(field, format!("{field} must be text")))?;
        Ok::<_, Problem>(text.trim())
    };
    match field {
        "session_id" => request.session = Some(session_id(text()?)?),
        "user_id" => request.user_id = Some(user_id(text()?)?),
        "timestamp" => request.began = Some(timestamp(text()?)?),
        "duration_seconds" => {
            let seconds = text()?.parse();
            request.seconds =
                Some(seconds.map_err(|_| Problem::bad_request(field, "duration_seconds must be a number"))?);
        }
        "include_graph" => {
            let wished = text()?.parse();
            request.graph =
                Some(wished.map_err(|_| Problem::bad_request(field, "include_graph must be true or false"))?);
        }
        "face_image" => request.picture = Some(medium(bytes, kind)),
        "audio_data" => request.sound = Some(medium(bytes, kind)),
        "motion_data" => request.motion = Some(series(field, bytes, kind)?),
        _ => request.heart = Some(series(field, bytes, kind)?),
    }
    Ok(())
}

/// A data URL is text; everything else is the file itself, unless its part is named otherwise.
fn medium(bytes: Bytes, kind: Kind) -> Medium {
    if kind == Kind::Base64 || bytes.starts_with(b"data:") { Medium::Base64(bytes) } else { Medium::Binary(bytes) }
}

fn series(field: &str, bytes: Bytes, kind: Kind) -> Result<Series, Problem> {
    if kind == Kind::Csv || !bytes.trim_ascii_start().starts_with(b"[") {
        return Ok(Series::Csv(bytes));
    }
    check_nesting(field, &bytes)?;
    Ok(Series::Json(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(parts: &[(&str, &str)]) -> Bytes {
        let mut form = String::new();
        for (name, content) in parts {
            form += &format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n");
        }
        Bytes::from(form + "--x--\r\n")
    }

    async fn strict(parts: &[(&str, &str)]) -> Result<AnalyzeRequest, Problem> {
        read(&form(parts), "multipart/form-data; boundary=x", UnknownFields::Refused).await
    }

    #[tokio::test]
    async fn parts_are_the_fields_of_the_json_body() {
        let request = strict(&[
            ("face_image", "\u{89}PNG"),
            ("heart_data", "[800, 810]"),
            ("motion_data", "timestamp,x,y,z\n0,0,0,9.8\n"),
            ("session_duration", "5.5"),
            ("include_graph", "true"),
        ])
        .await
        .expect("reads");
        assert!(matches!(request.picture, Some(Medium::Binary(_))) && request.graph == Some(true));
        assert!(matches!(request.heart, Some(Series::Json(_))) && matches!(request.motion, Some(Series::Csv(_))));
        assert_eq!(request.seconds, Some(5.5));
    }

    #[tokio::test]
    async fn parts_that_are_named_base64_hold_it_and_empty_ones_are_left_out() {
        let request = strict(&[
            ("face_image_base64", "aGk="),
            ("audio_base64", "aGk="),
            ("face_image", ""),
            ("motion_data", ""),
            ("heart_data", ""),
            ("user_id", ""),
            ("timestamp", ""),
            ("session_duration", ""),
            ("include_graph", ""),
        ])
        .await
        .expect("reads");
        assert!(matches!(request.picture, Some(Medium::Base64(_))) && matches!(request.sound, Some(Medium::Base64(_))));
        assert!(request.motion.is_none() && request.heart.is_none() && request.user_id.is_none());
        // A file that was chosen and is empty is told.
        let form =
            "--x\r\ncontent-disposition: form-data; name=\"face_image\"; filename=\"a.png\"\r\n\r\n\r\n--x--\r\n";
        let chosen = read(&Bytes::from(form), "multipart/form-data; boundary=x", UnknownFields::Refused).await;
        assert!(chosen.expect("reads").picture.is_some());
    }

    #[tokio::test]
    async fn what_does_not_read_is_named() {
        for (parts, field) in [
            (&[("user_id", "a"), ("user_id", "b")][..], "user_id"),
            (&[("mood", "fine")], "mood"),
            (&[("duration_seconds", "long")], "duration_seconds"),
            (&[("face_image", "a"), ("face_image_base64", "b")], "face_image_base64"),
        ] {
            assert_eq!(strict(parts).await.expect_err(field).field.as_deref(), Some(field));
        }
        let cut = form(&[("user_id", "a")]).slice(..40);
        assert!(read(&cut, "multipart/form-data; boundary=x", UnknownFields::Ignored).await.is_err());
        assert!(read(&cut, "multipart/form-data", UnknownFields::Ignored).await.is_err());
    }
}
