//! A thread of letters as both sides see it, and the forms by which one is begun and answered.

use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Field, Form, TextKind, Weight};
use attune_pages::part::Written;
use attune_pages::words::{Calendar, LetterWords};
use attune_people::pages::{Fields, refuse};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use attune_protocol::ids::PersonId;
use axum::response::Response;
use serde::Deserialize;

use super::{HR, HR_LETTERS, LETTERS};
use crate::letters::{self, LONGEST, LONGEST_SUBJECT, Letter, Page, Side, Thread, ThreadId, Writer, written};
use crate::state::Contact;

fn texts() -> &'static LetterWords {
    &super::texts().letters
}

/// What was typed that is wrong.
pub(super) type Refused<'a> = (&'a Fields, &'a Problem);

/// Which letters of a thread are asked for.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Those before the letter of a number; the newest where it is left out.
    before: Option<i64>,
}

/// Where the threads of a side are.
const fn place(side: Side) -> &'static str {
    match side {
        Side::Person => LETTERS,
        Side::Hr => HR_LETTERS,
    }
}

/// Where a side has a thread.
pub(super) fn address(side: Side, id: &ThreadId) -> String {
    format!("{}/{}", place(side), written(id))
}

/// A form, with what was typed that is wrong.
pub(super) fn with_refused(form: Form, refused: Option<Refused<'_>>) -> Form {
    let Some((typed, problem)) = refused else { return form };
    let mut form = form.keep(typed.typed());
    refuse(&mut form, problem);
    form
}

/// A page of a thread, as a side sees it who calls its person so.
pub(super) async fn show(
    state: &Contact,
    asker: &Asker,
    (thread, side, person): (&Thread, Side, &str),
    asked: Asked,
    refused: Option<Refused<'_>>,
) -> Result<Response, Problem> {
    let texts = texts();
    let (place_of_header, whose) = match side {
        Side::Person => (LETTERS, asker.person()),
        Side::Hr => (HR, None),
    };
    let times = state.people().calendar(whose).await?;
    let page = letters::page(state, thread, side, asked.before).await?;
    let title = thread.subject.as_deref().unwrap_or(&texts.damaged);
    let finding = texts.thread_finding.of(thread.letters.unsigned_abs());
    let Opened { frame, csrf, .. } = opened(state.people(), asker, title, &finding, place_of_header).await?;
    let here = address(side, &thread.id);
    let form = with_refused(answer(&here, &csrf), refused);
    let mut body = Markup::none();
    if let Some(earlier) = page.earlier {
        body = body.with(&quiet_link(format!("{here}?before={earlier}"), &texts.earlier));
    }
    body = body.with(&letters_of(thread, &page, side, &times, person));
    if asked.before.is_some() {
        body = body.with(&quiet_link(here, &texts.newest));
    }
    let body = body.with(&form).with(&Markup::paragraph(note(side)));
    Ok(frame.back(place(side), texts.back.as_str()).refused(refused.is_some()).answer(&body))
}

fn quiet_link(href: String, label: &str) -> ButtonLink {
    ButtonLink::new(href, label, Weight::Quiet)
}

/// The letters of a page, the oldest first, as a side sees them.
fn letters_of(thread: &Thread, page: &Page, side: Side, times: &Calendar, person: &str) -> Markup {
    let texts = texts();
    let mut body = Markup::none();
    for letter in &page.letters {
        let who = match (letter.side, page.writer(letter)) {
            (Side::Person, _) => person.to_owned(),
            (Side::Hr, Some(name)) => texts.hr_named.with("name", name),
            (Side::Hr, None) => texts.hr.clone(),
        };
        let of = texts.of.fill(&[("who", &who), ("moment", &times.moment(letter.at))]);
        let mut card = Written::new(of, letter.said.as_ref().map_or(&texts.damaged, |said| &said.text));
        if letter.side == side && letter.number >= thread.letters {
            let seen = if thread.read_by(side.other()) >= letter.number { &texts.seen } else { &texts.unread };
            card = card.note(seen.as_str());
        }
        body = body.with(&card);
    }
    body
}

/// How a thread stands for a side, in a word.
pub(super) fn stands(thread: &Thread, side: Side) -> &'static str {
    let texts = texts();
    if thread.waits_for(side) { &texts.new } else { &texts.read }
}

/// What becomes of what a side writes.
pub(super) fn note(side: Side) -> &'static str {
    match side {
        Side::Person => &texts().note,
        Side::Hr => &super::texts().hr.note,
    }
}

/// By which a letter of a form comes once, however often it is sent.
fn nonce() -> String {
    PersonId::random().to_string()
}

fn text() -> Field {
    let texts = texts();
    let most = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let hint = texts.text_hint.with("most", &attune_pages::words::count(LONGEST as u64));
    Field::lines("text", texts.text.as_str(), 6).hint(hint).at_most(most)
}

/// The form by which a thread is begun.
pub(super) fn begin(side: Side, to: Option<Field>, csrf: &str) -> Form {
    let texts = texts();
    let most = u32::try_from(LONGEST_SUBJECT).unwrap_or(u32::MAX);
    let form = Form::post("write", place(side), csrf).named(texts.write.as_str()).hidden("nonce", nonce());
    let form = match to {
        Some(to) => form.field(to),
        None => form,
    };
    form.field(Field::text("subject", texts.subject.as_str(), TextKind::Plain).at_most(most))
        .field(text())
        .button(Button::primary(texts.send.as_str()))
}

/// The form by which one is answered.
fn answer(action: &str, csrf: &str) -> Form {
    let texts = texts();
    Form::post("answer", action, csrf)
        .named(texts.answer.as_str())
        .hidden("nonce", nonce())
        .field(text())
        .button(Button::primary(texts.send.as_str()))
}

/// What was typed as a letter.
///
/// # Errors
/// 400 where the form that it comes with is none of ours.
pub(super) fn letter(typed: &Fields) -> Result<Letter, Problem> {
    let wrong = || Problem::bad_request("nonce", "reload the page and send it anew");
    let nonce = letters::nonce(typed.get("nonce")).ok_or_else(wrong)?;
    Ok(Letter { nonce, text: typed.get("text").to_owned() })
}

/// Writes what was typed behind the other letters of a thread.
pub(super) async fn reply(state: &Contact, thread: &Thread, writer: Writer<'_>, typed: &Fields) -> Result<(), Problem> {
    letters::reply(state, thread, writer, &letter(typed)?).await
}

#[cfg(test)]
mod tests {
    use attune_pages::testing::{everything_labelled, nothing_inline};
    use jiff::tz::TimeZone;

    use super::*;
    use crate::letters::{Opened, Said};

    #[test]
    fn what_somebody_wrote_is_shown_as_text_and_forms_have_labels() {
        let hostile = "<script>alert(1)</script>\n\n\u{202e}\u{5d0}";
        let said = Some(Said { by: None, text: hostile.into() });
        let one = Opened { number: 1, side: Side::Person, at: 0, said };
        let none = Opened { number: 2, side: Side::Hr, at: 0, said: None };
        let times = Calendar::new(TimeZone::UTC, 0);
        let (thread, page) = (Thread::of_tests(), Page::of_tests(vec![one, none]));
        let page = letters_of(&thread, &page, Side::Hr, &times, "<b>");
        assert!(!page.as_str().contains("<script") && !page.as_str().contains("<b>"), "{}", page.as_str());
        assert_eq!(page.as_str().matches("<h2>").count(), 2);
        let to = Field::text("to", "To", TextKind::Name);
        let forms = Markup::of(&begin(Side::Hr, Some(to), "csrf"));
        let forms = forms.with(&answer("/me/letters/x", "csrf"));
        everything_labelled(forms.as_str());
        nothing_inline(forms.as_str());
    }
}
