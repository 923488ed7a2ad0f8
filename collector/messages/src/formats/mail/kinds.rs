//! Whether a person wrote a mail, and meant to send it. By its form alone: no word of it is looked at.
//!
//! `X-Auto-Response-Suppress`, `Precedence: list` and `List-Id` stand in mails of people, too.

use super::body::Body;
use super::headers::{Headers, without_comments};
use crate::incoming::Skipped;

/// How Gmail names drafts, and spam, in the languages of its surface.
const DRAFTS: [&str; 12] = [
    "drafts",
    "draft",
    "entwürfe",
    "brouillons",
    "borradores",
    "bozze",
    "rascunhos",
    "kladder",
    "utkast",
    "concepten",
    "wersje robocze",
    "черновики",
];
const SPAM: [&str; 4] = ["spam", "junk", "correo no deseado", "спам"];

/// Mozilla's mark of a mail that is deleted and only lies in the file until it is tidied.
const EXPUNGED: u32 = 0x0008;

/// Why a mail is left out by what it is; none where it may be a person's.
pub(super) fn left_out(headers: &Headers, body: &Body) -> Option<Skipped> {
    by_place(headers)
        .or_else(|| body.encrypted.then_some(Skipped::Encrypted))
        .or_else(|| by_machine(headers, body))
        .or_else(|| body.calendar_answer.then_some(Skipped::Calendar))
}

/// By where a program kept it.
fn by_place(headers: &Headers) -> Option<Skipped> {
    let labels = headers.readable("x-gmail-labels").unwrap_or_default().to_lowercase();
    let labelled = |names: &[&str]| labels.split(',').any(|label| names.contains(&label.trim().trim_matches('"')));
    let says = |name: &str, value: &str| headers.first(name).is_some_and(|own| own.trim().eq_ignore_ascii_case(value));
    let marks = headers.first("x-mozilla-status").and_then(|marks| u32::from_str_radix(marks.trim(), 16).ok());
    if labelled(&DRAFTS) || says("x-unsent", "1") {
        return Some(Skipped::NotSent);
    }
    if marks.is_some_and(|marks| marks & EXPUNGED != 0) {
        return Some(Skipped::Deleted);
    }
    (labelled(&SPAM) || says("x-spam-flag", "yes")).then_some(Skipped::Spam)
}

/// By what a machine says of itself.
fn by_machine(headers: &Headers, body: &Body) -> Option<Skipped> {
    let content = headers.content("content-type");
    let report = content.kind == "multipart/report";
    let status = content.parameter("report-type").is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"));
    let no_way_back = headers.first("return-path").is_some_and(|path| path.trim() == "<>");
    let by_mailer = headers.mailbox("from").is_some_and(|from| from.address.starts_with("mailer-daemon@"));
    let not_delivered = (report && (status || body.delivery_status)) || (no_way_back && by_mailer);
    if not_delivered || headers.first("x-failed-recipients").is_some() {
        return Some(Skipped::Bounce);
    }
    let says_no = |value: String| {
        let value = without_comments(&value);
        let value = value.split(';').next().unwrap_or_default().trim().to_owned();
        value.is_empty() || value.eq_ignore_ascii_case("no")
    };
    let automatic = ["auto-submitted", "x-autoreply", "x-autorespond"]
        .into_iter()
        .any(|name| headers.first(name).is_some_and(|value| !says_no(value)));
    let precedence = headers.first("precedence").is_some_and(|value| value.trim().eq_ignore_ascii_case("auto_reply"));
    (report || no_way_back || automatic || precedence).then_some(Skipped::AutoReply)
}
