//! A thread of letters as both sides see it, and the forms by which one is begun and answered.

use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form, TextKind};
use attune_pages::part::Written;
use attune_pages::words::{Calendar, LetterWords};
use attune_people::pages::Fields;
use attune_protocol::ids::PersonId;

use crate::letters::{LONGEST, LONGEST_SUBJECT, Letter, Opened, Side, Thread, ThreadId};

fn texts() -> &'static LetterWords {
    &super::texts().letters
}

/// What was typed that is wrong.
pub(super) type Refused<'a> = (&'a Fields, &'a Problem);

/// A form, with what was typed that is wrong.
pub(super) fn refuse(form: Form, refused: Option<Refused<'_>>) -> Form {
    let Some((typed, problem)) = refused else { return form };
    let mut form = form.keep(typed.typed());
    form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
    form
}

/// The letters of a thread, the oldest first, as a side sees them; `who` names the writer of each.
pub(super) fn letters(
    thread: &Thread,
    all: &[Opened],
    side: Side,
    times: &Calendar,
    who: impl Fn(&Opened) -> String,
) -> Markup {
    let texts = texts();
    let other = match side {
        Side::Person => Side::Hr,
        Side::Hr => Side::Person,
    };
    let last = all.last().map(|letter| letter.number);
    let mut body = Markup::none();
    for letter in all {
        let of = texts.of.fill(&[("who", &who(letter)), ("moment", &times.moment(letter.at))]);
        let mut card = Written::new(of, letter.said.as_ref().map_or(&texts.damaged, |said| &said.text));
        if letter.side == side && Some(letter.number) == last {
            let seen = if thread.read_by(other) >= letter.number { &texts.seen } else { &texts.unread };
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

/// By which a letter of a form comes once, however often it is sent.
fn nonce() -> String {
    PersonId::random().to_string()
}

/// The letter itself; the hint says whose it is.
fn text(side: Side) -> Field {
    let texts = texts();
    let most = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let hint = match side {
        Side::Person => &texts.text_hint,
        Side::Hr => &super::texts().hr.text_hint,
    };
    let hint = hint.with("most", &attune_pages::words::count(LONGEST as u64));
    Field::lines("text", texts.text.as_str(), 6).hint(hint).at_most(most)
}

/// The form by which a thread is begun; HR says with whom.
pub(super) fn begin(action: &str, to: Option<Field>, csrf: &str) -> Form {
    let texts = texts();
    let most = u32::try_from(LONGEST_SUBJECT).unwrap_or(u32::MAX);
    let form = Form::post("write", action, csrf).named(texts.write.as_str()).hidden("nonce", nonce());
    let (form, side) = match to {
        Some(to) => (form.field(to), Side::Hr),
        None => (form, Side::Person),
    };
    form.field(Field::text("subject", texts.subject.as_str(), TextKind::Plain).at_most(most))
        .field(text(side))
        .button(Button::primary(texts.send.as_str()))
}

/// The form by which one is answered.
pub(super) fn answer(action: &str, side: Side, csrf: &str) -> Form {
    let texts = texts();
    Form::post("answer", action, csrf)
        .named(texts.answer.as_str())
        .hidden("nonce", nonce())
        .field(text(side))
        .button(Button::primary(texts.send.as_str()))
}

/// What was typed as a letter.
pub(super) fn letter(typed: &Fields) -> Result<Letter, Problem> {
    let nonce =
        id(typed.get("nonce")).ok_or_else(|| Problem::bad_request("nonce", "reload the page and send it anew"))?;
    Ok(Letter { nonce, text: typed.get("text").to_owned() })
}

/// The id of a thread, as it stands in an address.
pub(super) fn id(text: &str) -> Option<ThreadId> {
    text.parse::<PersonId>().ok().map(|PersonId(id)| id)
}

/// The same, written.
pub(super) fn written(id: &ThreadId) -> String {
    PersonId(*id).to_string()
}

#[cfg(test)]
mod tests {
    use attune_pages::testing::{everything_labelled, nothing_inline};
    use jiff::tz::TimeZone;

    use super::*;
    use crate::letters::Said;

    #[test]
    fn what_somebody_wrote_is_shown_as_text_and_forms_have_labels() {
        let hostile = "<script>alert(1)</script>\n\n\u{202e}\u{5d0}";
        let said = Some(Said { by: None, text: hostile.into() });
        let one = Opened { number: 1, side: Side::Person, at: 0, said };
        let none = Opened { number: 2, side: Side::Hr, at: 0, said: None };
        let times = Calendar::new(TimeZone::UTC, 0);
        let thread = Thread::of_tests();
        let page = letters(&thread, &[one, none], Side::Hr, &times, |_| "<b>".to_owned());
        assert!(!page.as_str().contains("<script") && !page.as_str().contains("<b>"), "{}", page.as_str());
        assert_eq!(page.as_str().matches("<h2>").count(), 2);
        let to = Field::text("to", "To", TextKind::Name);
        let forms = Markup::of(&begin("/hr/letters", Some(to), "csrf"));
        let forms = forms.with(&answer("/me/letters/x", Side::Person, "csrf"));
        everything_labelled(forms.as_str());
        nothing_inline(forms.as_str());
    }
}
