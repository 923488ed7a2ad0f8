//! Bodies as clients send them to `POST /analyze`, up to where networks look at them.

use attune_analysis::sample::Timestamp;
use attune_ground::http::Problem;
use attune_ground::http::json::UnknownFields;
use axum::body::Bytes;

use super::request::AnalyzeRequest;
use super::{heart, json, media, motion, multipart};

/// What a part of a form ends with in the seeds.
const BOUNDARY: &str = "multipart/form-data; boundary=x";

/// A form where it begins as one, else JSON; read by the version of the API and by the one without.
pub(crate) fn analyses(bytes: &[u8]) {
    let body = Bytes::copy_from_slice(bytes);
    for unknown in [UnknownFields::Refused, UnknownFields::Ignored] {
        let read = if bytes.starts_with(b"--") { form(&body, unknown) } else { json::read(&body, unknown) };
        if let Err(problem) = read.and_then(|request| decode(request, unknown)) {
            assert!((400..500).contains(&problem.status), "{problem:?}");
        }
    }
}

fn form(body: &Bytes, unknown: UnknownFields) -> Result<AnalyzeRequest, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("made");
    runtime.block_on(multipart::read(body, BOUNDARY, unknown))
}

fn decode(request: AnalyzeRequest, unknown: UnknownFields) -> Result<(), Problem> {
    request.check()?;
    let _ = request.content();
    let mut warnings = request.warnings;
    let begin = Timestamp(0);
    if let Some(sound) = request.sound {
        media::sound(sound)?;
    }
    if let Some(series) = request.motion {
        motion::read(&series, begin, unknown, &mut warnings)?;
    }
    if let Some(series) = request.heart {
        heart::read(&series, begin, unknown, &mut warnings)?;
    }
    if let Some(picture) = request.picture {
        media::picture(picture, begin)?;
    }
    Ok(())
}
