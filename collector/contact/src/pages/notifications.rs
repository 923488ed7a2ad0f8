use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Form, Weight};
use attune_pages::part::Facts;
use attune_pages::state::State as Shown;
use attune_pages::words::{Calendar, NotificationWords, length};
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::{Asker, Role};
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;

use super::{ALL, HR_LETTERS, LETTERS, kind, tabs};
use crate::letters;
use crate::reminders::{self, HOUR, PUT_OFF, Reminder};
use crate::state::Contact;

fn texts() -> &'static NotificationWords {
    &super::texts().all
}

/// All that waits for who asks, in the role that is on.
pub(super) async fn show(asker: Asker, State(state): State<Contact>) -> Result<Response, Problem> {
    let texts = texts();
    let times = state.people().calendar(asker.person()).await?;
    // What waits is counted as the page is opened: so its finding comes after it.
    let Opened { mut frame, role, csrf, rings, .. } = opened(state.people(), &asker, &texts.title, "", ALL).await?;
    let waiting: u64 = rings.iter().map(|(_, count)| count).sum();
    frame.finding = if waiting > 0 { texts.waits.of(waiting) } else { texts.nothing.clone() };
    let mut body = Markup::of(&tabs(role, ALL));
    for (place, count) in rings.iter().filter(|(place, count)| *place != ALL && *count > 0) {
        body = body.with(&Markup::paragraph(texts.alerts.of(*count))).with(&ButtonLink::new(
            *place,
            texts.to_alerts.as_str(),
            Weight::Quiet,
        ));
    }
    if role == Role::Employee
        && let Some(person) = asker.person()
    {
        let now = state.store().database_time().await?;
        for reminder in reminders::waiting(state.store(), person, now).await? {
            body = body.with(&remind(&reminder, &times, &csrf));
        }
        let own = Own::of(state.people(), &asker).await?;
        let unread = letters::unread(state.store(), &own.people).await?;
        body = unread_letters(body, unread, LETTERS);
    }
    if role == Role::Hr {
        let own = rings.iter().find(|(place, _)| *place == ALL).map_or(0, |(_, count)| *count);
        body = unread_letters(body, own, HR_LETTERS);
    }
    if waiting == 0 {
        body = body.with(&Shown::Empty { what: texts.empty.clone(), step: None });
    }
    Ok(frame.answer(&body))
}

fn unread_letters(body: Markup, count: u64, place: &str) -> Markup {
    if count == 0 {
        return body;
    }
    let texts = texts();
    body.with(&Markup::paragraph(texts.letters.of(count))).with(&ButtonLink::new(
        place,
        texts.to_letters.as_str(),
        Weight::Quiet,
    ))
}

/// A reminder, and what can be done about it.
fn remind(reminder: &Reminder, times: &Calendar, csrf: &str) -> Markup {
    let texts = texts();
    let kind = reminder.kind;
    let mut body =
        Markup::heading(kind.words()).with(&Facts::new().with(texts.due.as_str(), &times.when(reminder.due)));
    if reminder.missed_at.is_some() {
        body = body.with(&Markup::paragraph(texts.missed.as_str()));
    } else if reminder.warns {
        body = body.with(&Markup::paragraph(texts.warns.as_str()));
    }
    let mut form = Form::post(format!("reply-{}", kind.name()), "/me/reminders/reply", csrf)
        .hidden("kind", kind.name())
        .hidden("due", reminder.due.to_string())
        .button(Button::primary(texts.done.as_str()).sends("do", "done"));
    if reminder.missed_at.is_none() {
        for hours in PUT_OFF {
            let label = texts.later.with("length", &length(i64::from(hours) * HOUR));
            form = form.button(Button::quiet(label).sends("do", hours.to_string()));
        }
    }
    body.with(&form)
}

/// Answers a reminder, or puts it off.
pub(super) async fn reply(asker: Asker, State(state): State<Contact>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let kind = kind(&typed)?;
    let due =
        typed.get("due").parse::<i64>().map_err(|_| Problem::bad_request("due", "due is missing: reload the page"))?;
    match typed.get("do") {
        "done" => reminders::answer(&state, (own.person, kind), due).await?,
        hours => {
            let hours =
                hours.parse::<u8>().map_err(|_| Problem::bad_request("do", "choose what becomes of the reminder"))?;
            reminders::put_off(&state, (own.person, kind), due, hours).await?;
        }
    }
    Ok(go_to(ALL, Vec::new()))
}
