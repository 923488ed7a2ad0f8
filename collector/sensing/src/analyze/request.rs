use attune_ground::http::Problem;
use attune_protocol::ids::SessionId;
use axum::body::Bytes;

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
    /// Whether the answer shall hold a picture of the scores.
    pub(crate) graph: bool,
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

impl AnalyzeRequest {
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

/// Reads an instant: RFC 3339, or without an offset, which is taken as UTC.
pub(crate) fn timestamp(text: &str) -> Result<jiff::Timestamp, Problem> {
    let utc = |at: jiff::civil::DateTime| at.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp());
    text.parse().ok().or_else(|| utc(text.parse().ok()?)).ok_or_else(|| {
        Problem::bad_request("timestamp", "timestamp must be an instant as RFC 3339 has it: 2026-01-31T09:30:00Z")
    })
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
    fn an_instant_without_an_offset_is_utc() {
        let at = timestamp("2026-01-31T09:30:00Z").expect("reads");
        assert_eq!(timestamp("2026-01-31T09:30:00.000").expect("reads"), at);
        assert_eq!(timestamp("2026-01-31T10:30:00+01:00").expect("reads"), at);
        assert!(timestamp("yesterday").is_err());
    }
}
