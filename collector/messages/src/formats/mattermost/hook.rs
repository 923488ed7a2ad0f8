use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::super::error::FormatError;
use super::super::json::{self, id, text};
use super::super::marks::{Flavour, Markdown};
use super::super::names::tidy;
use super::super::time;
use crate::incoming::{Author, Incoming, Skipped};

/// What a request of an outgoing webhook holds. Whoever does not know the token has written it themselves.
pub(crate) struct Posted {
    /// By which it is known from where it comes.
    pub(crate) token: String,
    fields: Value,
}

impl Posted {
    /// When it was written, Unix milliseconds: Mattermost says it each time.
    pub(crate) fn said_at(&self) -> Option<i64> {
        said_at(&self.fields)
    }

    /// The message, or why it is none: not looked at before the token is.
    ///
    /// # Errors
    /// Why it is left out.
    pub(crate) fn message(&self) -> Result<Incoming, Skipped> {
        incoming(&self.fields)
    }
}

/// Reads the body of a request.
///
/// # Errors
/// When it is neither a form nor JSON.
pub(crate) fn posted(body: &[u8]) -> Result<Posted, FormatError> {
    let damaged = || FormatError::Json { place: "the body".to_owned(), line: 1, column: 1 };
    let body = std::str::from_utf8(body).map_err(|_| damaged())?;
    let fields = match body.trim_start().starts_with('{') {
        true => json::value(body).ok_or_else(damaged)?,
        false => Value::Object(form(body)),
    };
    Ok(Posted { token: text(&fields, "token").unwrap_or_default().to_owned(), fields })
}

/// The fields of a form; those that are new to this reader are no matter.
fn form(body: &str) -> Map<String, Value> {
    let decoded = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    let field = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((decoded(name), Value::String(decoded(value))))
    };
    body.split('&').take(1000).filter_map(field).collect()
}

/// Seconds in a form and milliseconds in JSON.
fn said_at(fields: &Value) -> Option<i64> {
    id(fields, "timestamp").and_then(|number| number.parse().ok()).and_then(time::seconds_or_millis)
}

fn incoming(fields: &Value) -> Result<Incoming, Skipped> {
    let name = text(fields, "user_name");
    let user = text(fields, "user_id");
    if name.is_none() && user.is_none() {
        return Err(Skipped::NoAuthor);
    }
    // Nothing else tells one that is sent again, or shown again by who has recorded it: Mattermost gives each post an id.
    let post = text(fields, "post_id").ok_or(Skipped::Broken)?;
    let said_at = said_at(fields).ok_or(Skipped::NoTime)?;
    let whole = text(fields, "text").unwrap_or_default();
    // The word that brought it here is none of the writer's.
    let trigger = text(fields, "trigger_word").unwrap_or_default();
    let said = whole.trim_start().strip_prefix(trigger).unwrap_or(whole);
    let markdown = Markdown { flavour: Flavour::Mattermost, channel: &|_| None, mentioned: &[] };
    let words = markdown.words(said);
    if words.trim().is_empty() {
        return Err(if text(fields, "file_ids").is_some() { Skipped::Media } else { Skipped::Empty });
    }
    let channel = text(fields, "channel_id").or(text(fields, "channel_name")).unwrap_or_default().to_owned();
    Ok(Incoming {
        channel_name: tidy(text(fields, "channel_name").unwrap_or(&channel)),
        channel,
        private: false,
        author: Author { id: user.map(str::to_owned), name: name.map(tidy), email: None, ..Author::default() },
        said_at,
        external_ref: Some(post.to_owned()),
        reply_to: None,
        edited: false,
        text: words.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_without_an_id_is_left_out_as_nothing_would_tell_that_it_comes_again() {
        let form = "token=t&channel_id=c&user_id=u&timestamp=1772442015&text=hello";
        let told = |body: &str| posted(body.as_bytes()).expect("reads").message().map(|message| message.external_ref);
        assert_eq!(told(form), Err(Skipped::Broken));
        assert_eq!(told(&format!("{form}&post_id=p1")), Ok(Some("p1".to_owned())));
    }
}
