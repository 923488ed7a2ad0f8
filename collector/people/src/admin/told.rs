//! What is told once, behind a form: a link, a code, a token. It waits in a cookie of the very browser that sent the form, sealed
//! under the key of who signed in, until the next page has shown it. So a form leads on, and sending it again by mistake makes
//! nothing a second time; and nothing of it lies at the collector.

use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use axum::http::{HeaderMap, HeaderValue, header};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::People;
use crate::rights::Asker;

const NAME: &str = "attune-told";
/// How long it waits, milliseconds.
const WAITS: i64 = 5 * 60_000;
/// Characters of the cookie: browsers keep no longer ones.
const LONGEST: usize = 4000;

/// What is told once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// Title of the page.
    pub(super) title: String,
    /// What to do with it.
    pub(super) finding: String,
    /// What it is, in a word or two.
    pub(super) what: String,
    /// The secret itself.
    pub(super) secret: String,
    /// Whether a camera may read it.
    pub(super) is_drawn: bool,
    /// What else is to be known; may be empty.
    pub(super) hint: String,
    /// Where one goes on to, and its name.
    pub(super) next: (String, String),
}

/// When it was sealed, and what.
#[derive(Serialize, Deserialize)]
struct Waiting(i64, Told);

/// Lets pass who has a browser that it can be told to: looked at before anything is done that is told once.
///
/// # Errors
/// 403 for programs, which have routes of their own.
pub(super) fn can_be(asker: &Asker) -> Result<(), Problem> {
    let for_programs = || {
        Problem::forbidden(
            "nothing was done: this page is for a browser that is signed in; programs ask below /api/v1/admin",
        )
    };
    asker.session().map(drop).ok_or_else(for_programs)
}

/// The cookie that holds it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn cookie(people: &People, asker: &Asker, secure: bool, told: Told) -> Result<HeaderValue, Problem> {
    let (context, key) = place(people, asker).await?;
    let plain = postcard::to_stdvec(&Waiting(now_millis(), told)).expect("texts, written to memory");
    Ok(set(&BASE64URL_NOPAD.encode(&key.seal(&context, &plain)), WAITS / 1000, secure))
}

/// What waits for this browser, if anything does.
///
/// # Errors
/// When the database refuses.
pub(super) async fn take(people: &People, asker: &Asker, headers: &HeaderMap) -> Result<Option<Told>, Problem> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let Some((_, value)) = pairs.find(|(name, value)| *name == NAME && value.len() <= LONGEST) else { return Ok(None) };
    let Ok(sealed) = BASE64URL_NOPAD.decode(value.as_bytes()) else { return Ok(None) };
    let (context, key) = place(people, asker).await?;
    let plain = key.open(&context, &sealed).ok();
    let waiting: Option<Waiting> = plain.and_then(|plain| postcard::from_bytes(&plain).ok());
    let fresh = waiting.filter(|Waiting(at, _)| (0..WAITS).contains(&(now_millis() - at)));
    Ok(fresh.map(|Waiting(_, told)| told))
}

/// The cookie that ends it.
pub(super) fn ended(secure: bool) -> HeaderValue {
    set("", 0, secure)
}

fn set(value: &str, seconds: i64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; Path=/admin; HttpOnly; SameSite=Strict{secure}; Max-Age={seconds}");
    HeaderValue::from_str(&text).expect("letters, digits and our own words")
}

/// Under what it is sealed: only the session that asked opens it.
async fn place(
    people: &People,
    asker: &Asker,
) -> Result<(Vec<u8>, std::sync::Arc<attune_protocol::seal::SealKey>), Problem> {
    let gone = || Problem::unauthorized("this page is for who is signed in with a browser");
    let (login, session) = (asker.login().ok_or_else(gone)?, asker.session().ok_or_else(gone)?);
    let key = people.keys.of(PersonId(login.0)).await?;
    Ok(([b"told".as_slice(), &login.0, session.name().as_bytes()].concat(), key))
}
