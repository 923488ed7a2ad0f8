//! Talks of who is not signed in. Nothing of one is kept: all of it is sealed under a key of the collectors' and stands in its page, which
//! sends it along. So nobody changes it, and nothing links it to an account, an address or a browser. No language model is asked, nobody is
//! told of danger, and nothing is remembered.

use attune_ground::Source;
use attune_ground::http::{Client, Problem, Rate};
use attune_ground::time::now_millis;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::companion::{self, Context};
use crate::crisis;
use crate::reader::Reader;
use crate::state::Talks;
use crate::written::{LONGEST, written};

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;
/// What it lies sealed for.
const USAGE: &str = "anonymous talk";
/// Bytes of what was said that stand in a page: of more the oldest lines go.
const MOST_BYTES: usize = 8 << 10;
/// How often somebody may write from one address.
const PACE: Rate = Rate { per_second: 0.5, burst: 20 };

/// A line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Whether somebody wrote it, and not the companion.
    pub(crate) own: bool,
    pub(crate) text: String,
}

/// A talk, as its page has it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Chat {
    pub(crate) lines: Vec<Line>,
    /// Whether there was a sign of danger in it: then where help is stands below.
    pub(crate) is_in_danger: bool,
    companion: Vec<u8>,
    /// Which of several fitting lines are said; one number a talk.
    seed: u64,
}

/// Lets pass where the organisation allows it.
///
/// # Errors
/// 404 where it does not.
pub(crate) fn check(state: &Talks) -> Result<(), Problem> {
    match state.settings().anonymous {
        true => Ok(()),
        false => Err(Problem::not_found("nobody talks here without signing in")),
    }
}

/// A talk for its page.
pub(crate) fn seal(state: &Talks, chat: &Chat) -> String {
    // It is of texts and numbers, and is written to memory.
    let bytes = postcard::to_extend(chat, vec![VERSION]).unwrap_or_default();
    BASE64URL_NOPAD.encode(&state.people().own().seal_key(USAGE).seal(USAGE.as_bytes(), &bytes))
}

/// What a page sends along; none where it does not open: it was changed, or is of another version.
pub(crate) fn open(state: &Talks, sealed: &str) -> Option<Chat> {
    let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
    let bytes = state.people().own().seal_key(USAGE).open(USAGE.as_bytes(), &sealed).ok()?;
    let (&VERSION, body) = bytes.split_first()? else { return None };
    postcard::from_bytes(body).ok()
}

/// Says something in one, and gives it with what answers it.
///
/// # Errors
/// 400 for what does not read, 429 where it is written too often from one address.
pub(crate) async fn say(state: &Talks, client: Client, mut chat: Chat, text: &str) -> Result<Chat, Problem> {
    state.strangers().take(Source::from(client.address), PACE).map_err(|wait| {
        let seconds = u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX);
        Problem::too_many("too much is written from this address: wait a moment", seconds)
    })?;
    let text = written("message", text, LONGEST)?;
    let written = text.clone();
    let work = move |reader: &Reader| companion::hear(&written, &reader.read(&written));
    let (hearing, _) = state.reader().apart(work).await?;
    chat.is_in_danger |= crisis::is_fixed(companion::level(&chat.companion, &hearing));
    if chat.lines.is_empty() {
        chat.seed = now_millis().unsigned_abs();
    }
    let country = Some(state.settings().country.clone()).filter(|country| !country.is_empty());
    let reply = match companion::urgent(&mut chat.companion, &hearing, country.as_deref(), &state.settings().help) {
        Some(fixed) => fixed,
        None => {
            let context = Context { remembered: Vec::new(), country, seed: chat.seed };
            companion::reply(&mut chat.companion, &hearing, &context)
        }
    };
    chat.lines.push(Line { own: true, text });
    chat.lines.push(Line { own: false, text: reply.text });
    let mut bytes: usize = chat.lines.iter().map(|line| line.text.len()).sum();
    while bytes > MOST_BYTES && chat.lines.len() > 2 {
        bytes -= chat.lines.remove(0).text.len();
    }
    Ok(chat)
}
