use std::io::Cursor;

use attune_analysis::AnalysisError;
use attune_analysis::decode::audio::AudioReader;
use attune_analysis::decode::image;
use attune_analysis::sample::{Frame, Timestamp};
use attune_ground::http::Problem;
use axum::body::Bytes;
use data_encoding::{BASE64_NOPAD, DecodeKind};

use super::content::{self, Content};
use super::limits;
use super::request::Medium;

/// Decodes a picture that was taken at an instant.
pub(crate) fn picture(medium: Medium, at: Timestamp) -> Result<(Frame, Content), Problem> {
    let bytes = bytes("face_image", medium, limits::PICTURE.bytes)?;
    let image = image::decode(&bytes, &limits::PICTURE).map_err(|error| refused("face_image", &error))?;
    Ok((Frame { at, image }, content::of_file(&bytes)))
}

/// Opens a sound; its samples are decoded as they are read.
pub(crate) fn sound(medium: Medium) -> Result<(AudioReader, Content), Problem> {
    let bytes = bytes("audio_data", medium, limits::SOUND.bytes)?;
    let content = content::of_file(&bytes);
    let reader = AudioReader::open_within(Box::new(Cursor::new(bytes)), None, &limits::SOUND);
    reader.map(|reader| (reader, content)).map_err(|error| refused("audio_data", &error))
}

/// What is wrong with a medium, as an answer.
pub(crate) fn refused(field: &str, error: &AnalysisError) -> Problem {
    let detail = format!("failed to {error}");
    match error {
        AnalysisError::TooLarge { .. } => Problem::too_large(field, detail),
        _ => Problem::unprocessable(field, detail),
    }
}

/// The file that a medium holds.
fn bytes(field: &str, medium: Medium, limit: u64) -> Result<Bytes, Problem> {
    let (text, bytes) = match medium {
        Medium::Base64(text) => (Some(text), Bytes::new()),
        Medium::Binary(bytes) => (None, bytes),
    };
    let size = text.as_ref().map_or(bytes.len() as u64, |text| text.len() as u64 / 4 * 3);
    if size > limit {
        return Err(Problem::too_large(field, format!("{field} has {size} bytes; the limit is {limit}")));
    }
    let bytes = match text {
        Some(text) => base64(field, &text)?.into(),
        None => bytes,
    };
    if bytes.is_empty() {
        return Err(Problem::unprocessable(field, format!("{field} is empty; leave it out when there is none")));
    }
    Ok(bytes)
}

/// Decodes base64 with or without padding and line breaks, or a data URL of it.
fn base64(field: &str, text: &[u8]) -> Result<Vec<u8>, Problem> {
    let wrong = |detail: String| Problem::bad_request(field, detail);
    let start = if text.starts_with(b"data:") {
        let comma = text.iter().take(limits::TEXT).position(|byte| *byte == b',');
        let comma = comma.filter(|comma| text[..*comma].ends_with(b";base64"));
        comma.ok_or_else(|| wrong(format!("{field} is a data URL, but not one of base64")))? + 1
    } else {
        0
    };
    let text = &text[start..];
    let broken: Vec<u8>;
    let text = if text.iter().any(u8::is_ascii_whitespace) {
        broken = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        &broken
    } else {
        text
    };
    let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    BASE64_NOPAD.decode(&text[..text.len() - padding]).map_err(|error| {
        let place = start + error.position;
        wrong(match error.kind {
            DecodeKind::Length => format!("{field} is base64 that breaks off after {} characters", start + text.len()),
            _ => format!("{field} is not base64: character {place} does not belong there"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_people_send_it() {
        for text in ["aGVsbG8h", "aGVs\nbG8h\n", "data:image/png;base64,aGVsbG8h"] {
            assert_eq!(base64("face_image", text.as_bytes()).expect(text), b"hello!");
        }
        assert_eq!(base64("face_image", b"aGk=").expect("padded"), b"hi");
        assert_eq!(base64("face_image", b"aGk").expect("not padded"), b"hi");
    }

    #[test]
    fn broken_base64_is_named_with_its_place() {
        for (text, part) in [
            ("aGV*bG8h", "character 3"),
            ("aGVsb", "breaks off"),
            ("data:image/png,abc", "data URL"),
            ("====", "character"),
            ("a=b=", "character 1"),
        ] {
            let problem = base64("face_image", text.as_bytes()).expect_err(text);
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some("face_image")));
            assert!(problem.detail.contains(part), "{text}: {}", problem.detail);
        }
    }

    #[test]
    fn an_empty_and_an_oversized_file_are_refused() {
        let status = |medium| picture(medium, Timestamp(0)).map(drop).expect_err("refused").status;
        assert_eq!(status(Medium::Base64(Bytes::new())), 422);
        assert_eq!(status(Medium::Binary(Bytes::from(vec![0; 17 << 20]))), 413);
        assert_eq!(sound(Medium::Binary(Bytes::from_static(b"RIFF"))).map(drop).expect_err("cut").status, 422);
    }
}
