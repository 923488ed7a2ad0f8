use attune_ground::http::Problem;
use attune_ground::time::instant;
use attune_protocol::ids::SessionId;
use axum::body::Bytes;
use sha2::{Digest, Sha256};

use super::content::Content;
use super::limits;
use crate::sessions::session_of;

/// What is asked for, before anything of it is decoded.
#[derive(Debug, Default)]
pub(crate) struct AnalyzeRequest {
    /// The session that this belongs to; a new one without.
    pub(crate) session: Option<Named>,
    /// Whose it is; nobody's without.
    pub(crate) user_id: Option<String>,
    /// When the recording began.
    pub(crate) began: Option<jiff::Timestamp>,
    /// How long it took, seconds.
    pub(crate) seconds: Option<f64>,
    /// Whether the answer shall hold a picture of the scores, where that is said.
    pub(crate) graph: Option<bool>,
    pub(crate) picture: Option<Medium>,
    pub(crate) sound: Option<Medium>,
    pub(crate) motion: Option<Series>,
    pub(crate) heart: Option<Series>,
    /// What was not read, and why.
    pub(crate) warnings: Vec<String>,
}

/// A picture or a sound as it came.
#[derive(Debug)]
pub(crate) enum Medium {
    /// Base64 text, or a data URL.
    Base64(Bytes),
    /// The file itself.
    Binary(Bytes),
}

/// Numbers as they came.
#[derive(Debug)]
pub(crate) enum Series {
    /// A JSON array.
    Json(Bytes),
    /// A table with a header.
    Csv(Bytes),
}

impl Medium {
    fn parts(&self) -> (u8, &Bytes) {
        match self {
            Self::Base64(text) => (1, text),
            Self::Binary(bytes) => (2, bytes),
        }
    }
}

impl Series {
    fn parts(&self) -> (u8, &Bytes) {
        match self {
            Self::Json(json) => (3, json),
            Self::Csv(table) => (4, table),
        }
    }
}

impl AnalyzeRequest {
    /// What tells an equal request from another one, whatever boundary a form drew for its parts.
    pub(crate) fn content(&self) -> Content {
        let text = |text: &Option<String>| (0, text.clone().map(Bytes::from).unwrap_or_default());
        let plain = |text: Option<String>| text.map(Bytes::from).unwrap_or_default();
        let fields = [
            (0, plain(self.session.as_ref().map(|named| named.name.clone()))),
            text(&self.user_id),
            (0, plain(self.began.map(|began| began.to_string()))),
            (0, plain(self.seconds.map(|seconds| seconds.to_string()))),
            (self.graph.map_or(0, |wished| 1 + u8::from(wished)), Bytes::new()),
        ];
        let media = [&self.picture, &self.sound].map(|medium| medium.as_ref().map(Medium::parts));
        let series = [&self.motion, &self.heart].map(|series| series.as_ref().map(Series::parts));
        let mut digest = Sha256::new();
        let mut add = |kind: u8, bytes: &[u8]| {
            digest.update([kind]);
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        fields.iter().for_each(|(kind, bytes)| add(*kind, bytes));
        for sent in media.into_iter().chain(series) {
            let (kind, bytes) = sent.map_or((0, &[][..]), |(kind, bytes)| (kind, &bytes[..]));
            add(kind, bytes);
        }
        digest.finalize().into()
    }

    /// Looks at what can be looked at without decoding.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if self.picture.is_none() && self.sound.is_none() && self.motion.is_none() && self.heart.is_none() {
            return Err(Problem::bad_request(
                "body",
                "at least one of face_image, audio_data, motion_data and heart_data must be given",
            ));
        }
        if let Some(seconds) = self.seconds
            && !(seconds > 0.0 && seconds <= limits::SECONDS as f64)
        {
            let detail = format!("duration_seconds must be over 0 and at most {}", limits::SECONDS);
            return Err(Problem::bad_request("duration_seconds", detail));
        }
        if let Some(began) = self.began {
            let latest = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
            if began < EARLIEST || began > latest {
                let detail = "timestamp must lie between the year 2000 and tomorrow";
                return Err(Problem::bad_request("timestamp", detail));
            }
        }
        Ok(())
    }
}

/// The first instant of the year 2000.
const EARLIEST: jiff::Timestamp = jiff::Timestamp::constant(946_684_800, 0);

/// A session as a client names it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) session: SessionId,
    /// The name as it came: the answer repeats it.
    pub(crate) name: String,
}

/// Reads a session's id, or a client's own name for one.
pub(crate) fn session_id(text: &str) -> Result<Named, Problem> {
    let named = session_of(text).map(|session| Named { session, name: text.to_owned() });
    named.ok_or_else(|| {
        let detail = "session_id must have 1 to 128 characters that print, as a UUID has, or be left out";
        Problem::bad_request("session_id", detail)
    })
}

/// Reads an instant.
pub(crate) fn timestamp(text: &str) -> Result<jiff::Timestamp, Problem> {
    instant(text).map_err(|wanted| Problem::bad_request("timestamp", format!("timestamp does not read: {wanted}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_is_read_in_any_form_and_keeps_it() {
        let plain = session_id("0123456789abcdef0123456789abcdef").expect("reads");
        let uuid = session_id("01234567-89AB-cdef-0123-456789abcdef").expect("reads");
        assert_eq!((uuid.session, uuid.name.as_str()), (plain.session, "01234567-89AB-cdef-0123-456789abcdef"));
        assert_eq!(session_id("morning 7").expect("reads").name, "morning 7");
        assert!(session_id("").is_err());
    }

    #[test]
    fn a_request_is_equal_to_itself_and_to_no_other() {
        let picture = |bytes: &'static [u8]| Some(Medium::Binary(Bytes::from_static(bytes)));
        let one = || AnalyzeRequest { picture: picture(b"a"), ..AnalyzeRequest::default() };
        assert_eq!(one().content(), AnalyzeRequest { warnings: vec!["w".into()], ..one() }.content());
        for other in [
            AnalyzeRequest { picture: picture(b"b"), ..one() },
            AnalyzeRequest { picture: None, sound: picture(b"a"), ..one() },
            AnalyzeRequest { user_id: Some("zoe".into()), ..one() },
            AnalyzeRequest { began: Some(jiff::Timestamp::UNIX_EPOCH), ..one() },
            AnalyzeRequest { seconds: Some(5.0), ..one() },
            AnalyzeRequest { graph: Some(true), ..one() },
            AnalyzeRequest { session: Some(session_id("morning").expect("reads")), ..one() },
        ] {
            assert_ne!(other.content(), one().content(), "{other:?}");
        }
    }
}
