//! The cookies of browsers: one for the session, and one by which a browser is known when it comes again.

use attune_ground::keys::OwnKeys;
use axum::http::{HeaderMap, HeaderValue, header};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use super::SessionKey;
use super::places::PEOPLE;

/// How long a browser keeps the cookie by which it is known, seconds.
const KNOWN_SECONDS: i64 = 90 * 24 * 60 * 60;

/// How long signing in with an identity provider may take, seconds.
pub(super) const OUTSIDE_SECONDS: i64 = 10 * 60;

/// Name of the session's cookie. Under TLS browsers take the one with the prefix only from this very host, and only for it.
#[must_use]
pub const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-attune" } else { "attune" }
}

const fn known_name(secure: bool) -> &'static str {
    if secure { "__Host-attune-known" } else { "attune-known" }
}

const fn outside_name(secure: bool) -> &'static str {
    if secure { "__Host-attune-outside" } else { "attune-outside" }
}

/// Bytes of a cookie's value, at most; of the one that holds a place beside, and of the place.
const LONGEST: usize = 128;
const LONGEST_OUTSIDE: usize = 1024;
const LONGEST_PLACE: usize = 512;

fn value(headers: &HeaderMap, name: &str, longest: usize) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, value)| *key == name && value.len() <= longest).map(|(_, value)| value.to_owned())
}

/// What the session's cookie holds.
pub(super) fn session(headers: &HeaderMap, secure: bool) -> Option<String> {
    value(headers, cookie_name(secure), LONGEST)
}

/// What the browser is known by, with each of those who sign in there.
pub(super) fn browser(headers: &HeaderMap, secure: bool) -> Vec<String> {
    let value = value(headers, known_name(secure), LONGEST).unwrap_or_default();
    value.split('.').filter(|part| !part.is_empty()).take(PEOPLE).map(str::to_owned).collect()
}

/// The header that sets the session's cookie; `None` ends it. It lasts as long as the browser runs, and no longer than the
/// session does here.
///
/// # Panics
/// Never: what is set is of letters and digits.
#[must_use]
pub fn set_cookie(value: Option<&str>, secure: bool) -> HeaderValue {
    set(cookie_name(secure), value, secure, value.is_none().then_some(0))
}

/// The header that sets the cookie by which a browser is known.
pub(super) fn set_browser(value: &str, secure: bool) -> HeaderValue {
    set(known_name(secure), Some(value), secure, Some(KNOWN_SECONDS))
}

/// What a browser that was led to an identity provider comes back with: what it is known by, and the place that it wanted to see,
/// which the provider is not told.
pub(super) fn outside(headers: &HeaderMap, secure: bool) -> Option<(String, String)> {
    let value = value(headers, outside_name(secure), LONGEST_OUTSIDE)?;
    let (key, place) = value.split_once('.')?;
    let place = BASE64URL_NOPAD.decode(place.as_bytes()).ok()?;
    Some((key.to_owned(), String::from_utf8(place).ok()?))
}

/// The header that sets that. A place that is too long is left out.
pub(super) fn set_outside((key, place): (&str, &str), secure: bool) -> HeaderValue {
    let place = if place.len() <= LONGEST_PLACE { place } else { "" };
    let value = format!("{key}.{}", BASE64URL_NOPAD.encode(place.as_bytes()));
    set(outside_name(secure), Some(&value), secure, Some(OUTSIDE_SECONDS))
}

/// The header that ends that.
pub(super) fn end_outside(secure: bool) -> HeaderValue {
    set(outside_name(secure), None, secure, Some(0))
}

fn set(name: &str, value: Option<&str>, secure: bool, seconds: Option<i64>) -> HeaderValue {
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", value.unwrap_or_default());
    HeaderValue::from_str(&text).expect("letters, digits and our own words")
}

/// What stands in every form of a session, by which it is known to be of a page of ours.
#[must_use]
pub fn csrf_of(own: &OwnKeys, session: &SessionKey) -> String {
    HEXLOWER.encode(&own.tag("csrf", &session.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_cookie_is_found_among_others_and_set_so_that_no_script_reads_it() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; attune=abc ; attune-known=xyz.uvw"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-attune=def"));
        assert_eq!(session(&headers, false).as_deref(), Some("abc"));
        assert_eq!(session(&headers, true).as_deref(), Some("def"));
        assert_eq!(browser(&headers, false), ["xyz", "uvw"]);
        assert!(browser(&headers, true).is_empty());
        let set = set_cookie(Some("abc"), true);
        assert_eq!(set, "__Host-attune=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(set_cookie(None, false), "attune=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
    #[test]
    fn a_browser_that_comes_back_has_what_it_is_known_by_and_where_it_wanted_to() {
        let came = |place: &str| {
            let set = set_outside(("abc", place), true);
            let set = set.to_str().expect("letters").to_owned();
            let mut headers = HeaderMap::new();
            headers.append(header::COOKIE, set.split(';').next().expect("a pair").parse().expect("a header"));
            outside(&headers, true)
        };
        let with = |place: &str| Some(("abc".to_owned(), place.to_owned()));
        assert_eq!(came(""), with(""));
        assert_eq!(came("/me/access?before=7&x=\u{e4}"), with("/me/access?before=7&x=\u{e4}"));
        assert_eq!(came(&format!("/{}", "x".repeat(511))), with(&format!("/{}", "x".repeat(511))));
        assert_eq!(came(&format!("/{}", "x".repeat(512))), with(""));
        for false_one in ["attune-outside=abc", "attune-outside=abc.%", "attune-outside=abc._w"] {
            let mut headers = HeaderMap::new();
            headers.append(header::COOKIE, HeaderValue::from_static(false_one));
            assert_eq!(outside(&headers, false), None, "{false_one}");
        }
    }
}
