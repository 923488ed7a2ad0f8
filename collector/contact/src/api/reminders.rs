use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::{instant, rfc3339};
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LARGEST;
use crate::kind::Kind;
use crate::letters::{self, Side, Thread};
use crate::reminders::{self, OwnPlan, Reminder, USUAL_HOURS, Wish};
use crate::state::Contact;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Contact: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(my_notifications))
        .routes(routes!(my_reminders))
        .routes(routes!(set_reminder, stop_reminder))
        .routes(routes!(answer_reminder))
}

/// What waits for one.
#[derive(Debug, Serialize, ToSchema)]
struct OwnNotifications {
    /// The newest first. Alerts are at `/api/v1/alerts`.
    notifications: Vec<OwnNotification>,
}

/// Something that waits.
#[derive(Debug, Serialize, ToSchema)]
struct OwnNotification {
    /// `reminder` or `letter`.
    kind: &'static str,
    /// Of a reminder, of what: `check_in` or `talk`. Of a letter the id of its thread.
    of: String,
    /// Of a reminder when it was due, of a letter when it was written, RFC 3339.
    at: String,
    /// What it says, in words.
    says: String,
    /// Whether it is a reminder that was not answered in time.
    missed: bool,
    /// Whether HR is told where it goes unanswered.
    hr_is_told: bool,
}

/// What waits for one: reminders that one chose, and letters that one has not read.
#[utoipa::path(
    get, path = "/me/notifications", tag = "contact", operation_id = "my_notifications",
    responses(
        (status = 200, body = OwnNotifications),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_notifications(asker: Asker, State(state): State<Contact>) -> Result<Json<OwnNotifications>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let now = state.store().database_time().await?;
    let waiting = reminders::waiting(state.store(), own.person, now).await?;
    let mut all: Vec<_> = waiting.iter().map(|reminder| (reminder.due, reminded(reminder))).collect();
    for of in letters::of_people(&state, &own.people).await? {
        if of.waits_for(Side::Person) {
            all.push((of.last_at, written(of)));
        }
    }
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(Json(OwnNotifications { notifications: all.into_iter().map(|(_, of)| of).collect() }))
}

fn reminded(reminder: &Reminder) -> OwnNotification {
    OwnNotification {
        kind: "reminder",
        of: reminder.kind.name().to_owned(),
        at: rfc3339(reminder.due),
        says: reminder.kind.words().to_owned(),
        missed: reminder.missed_at.is_some(),
        hr_is_told: reminder.warns && reminder.missed_at.is_none(),
    }
}

fn written(thread: Thread) -> OwnNotification {
    OwnNotification {
        kind: "letter",
        of: letters::written(&thread.id),
        at: rfc3339(thread.last_at),
        says: thread.subject.unwrap_or_default(),
        missed: false,
        hr_is_told: false,
    }
}

/// What one is reminded of.
#[derive(Debug, Serialize, ToSchema)]
struct OwnReminders {
    /// Whether HR may be told of three in a row that go unanswered; who sets one says then that they know it.
    hr_is_told: bool,
    /// Since when HR is told that, RFC 3339; null where it is not.
    told_since: Option<String>,
    /// Of what one can be reminded, and how one is.
    reminders: Vec<OwnReminder>,
}

/// How one is reminded of something.
#[derive(Debug, Serialize, ToSchema)]
struct OwnReminder {
    /// `check_in` or `talk`.
    kind: &'static str,
    /// Null where one is not reminded of it.
    plan: Option<OwnPlan>,
    /// When it is due next, RFC 3339; null where it is no more.
    next: Option<String>,
}

/// What one is reminded of, and how.
#[utoipa::path(
    get, path = "/me/reminders", tag = "contact", operation_id = "my_reminders",
    responses(
        (status = 200, body = OwnReminders),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_reminders(asker: Asker, State(state): State<Contact>) -> Result<Json<OwnReminders>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let key = state.people().keys().of(own.person).await?;
    let mut all = Vec::new();
    for kind in state.offered() {
        let plan = reminders::plan_of(state.store(), &key, own.person, kind).await?;
        let next = plan.as_ref().and_then(|plan| plan.next(&times.zone, times.now)).map(rfc3339);
        all.push(OwnReminder { kind: kind.name(), plan: plan.as_ref().map(OwnPlan::from), next });
    }
    let told_since = reminders::told_since(state.store(), own.person).await?.map(rfc3339);
    Ok(Json(OwnReminders { hr_is_told: state.may_tell_hr(), told_since, reminders: all }))
}

/// How one wants to be reminded.
#[derive(Debug, Deserialize, ToSchema)]
struct SetReminder {
    /// `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`: one at least.
    days: Vec<String>,
    /// By one's own clock, `09:00`; not within quiet hours.
    time: String,
    /// With `quiet_until`, or neither: hours in which one is neither reminded nor mailed.
    #[serde(default)]
    quiet_from: Option<String>,
    #[serde(default)]
    quiet_until: Option<String>,
    /// After how many hours one is missed, 1 to 20; 4 where it is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 20)]
    hours: Option<u8>,
    /// Whether one is mailed of one that was missed; not, where it is left out.
    #[serde(default)]
    mail: bool,
    /// The last day, `2026-03-31`; none where it is left out.
    #[serde(default)]
    until: Option<String>,
    /// After how many they end, 1 to 1,000; after none where it is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    count: Option<u16>,
    /// That one knows that HR is told of three in a row that go unanswered: needed where `hr_is_told` of the list is true.
    #[serde(default)]
    hr_is_told: bool,
}

fn kind_of(name: &str) -> Result<Kind, Problem> {
    Kind::named(name).ok_or_else(|| Problem::not_found("nobody is reminded of that here"))
}

/// Has oneself reminded of something, from now on; what was chosen before is replaced.
#[utoipa::path(
    put, path = "/me/reminders/{kind}", tag = "contact", operation_id = "set_reminder", request_body = SetReminder,
    params(("kind" = String, Path, description = "`check_in` or `talk`")),
    responses(
        (status = 204, description = "it is as was asked"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "nobody is reminded of that here"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "HR is told here of three in a row that go unanswered: say that you know by `hr_is_told`"),
    )
)]
async fn set_reminder(
    asker: Asker,
    State(state): State<Contact>,
    Path(kind): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let (body, _): (SetReminder, _) =
        json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    let SetReminder { days, time, quiet_from, quiet_until, hours, mail, until, count, hr_is_told } = body;
    let hours = hours.unwrap_or(USUAL_HOURS);
    let wish = Wish { days, time, quiet_from, quiet_until, hours, mail, until, count, told: hr_is_told };
    reminders::choose(&state, own.person, kind_of(&kind)?, &wish).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Is not reminded of something any more: what waits is closed, none is mailed, and HR is told no more.
#[utoipa::path(
    delete, path = "/me/reminders/{kind}", tag = "contact", operation_id = "stop_reminder",
    params(("kind" = String, Path, description = "`check_in` or `talk`")),
    responses(
        (status = 204, description = "it is as was asked"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "nobody is reminded of that here"),
    )
)]
async fn stop_reminder(
    asker: Asker,
    State(state): State<Contact>,
    Path(kind): Path<String>,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    reminders::stop(&state, own.person, kind_of(&kind)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What becomes of a reminder.
#[derive(Debug, Deserialize, ToSchema)]
struct AnswerReminder {
    /// When it was due, RFC 3339, as the list of notifications says it.
    at: String,
    /// For how many hours it is put off: 1, 3 or 8. Left out: it was done.
    #[serde(default)]
    hours: Option<u8>,
}

/// Says that one did what a reminder is of, or has it put off.
#[utoipa::path(
    post, path = "/me/reminders/{kind}/answer", tag = "contact", operation_id = "answer_reminder", request_body = AnswerReminder,
    params(("kind" = String, Path, description = "`check_in` or `talk`")),
    responses(
        (status = 204, description = "it is as was asked"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such reminder, or it was missed already"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "by then the next one may be due"),
    )
)]
async fn answer_reminder(
    asker: Asker,
    State(state): State<Contact>,
    Path(kind): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let (body, _): (AnswerReminder, _) =
        json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    let due = instant(&body.at).map_err(|wanted| Problem::bad_request("at", wanted))?.as_millisecond();
    let of = (own.person, kind_of(&kind)?);
    match body.hours {
        None => reminders::answer(&state, of, due).await?,
        Some(hours) => reminders::put_off(&state, of, due, hours).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_document_says_of_bounds_is_so() {
        assert_eq!((reminders::LONGEST_WAIT, reminders::MOST_REMINDERS, reminders::PUT_OFF), (20, 1000, [1, 3, 8]));
        const { assert!(USUAL_HOURS <= reminders::LONGEST_WAIT) };
    }
}
