//! Alerts of teams for other programs: rows that wait, are sent, and are tried again with growing pauses; what became of each is kept.
//!
//! | meets | held by |
//! |---|---|
//! | several collectors, or one that is slow | who takes a message up has it for [`LEASE`], which is longer than one may take; what became of it is written by who took it up last |
//! | a collector that is killed between sending and noting it | it is sent again with the same `attune-delivery`: who takes messages knows it by that |
//! | a program that does not take that an alert was opened | that it has ended waits behind it, until the first is taken or given up |
//! | a program that does not answer | each is told by itself: it keeps no other one waiting |
//! | an alert that may not be told any more, as the profile or the least number of people is another one | who took that it was opened is told that it has ended, and not of what it was made |
//! | an answer that has no end, or leads elsewhere | the head alone is read, within [`PATIENCE`]; nothing is followed |

mod message;
mod target;

use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::store::{Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::outward::{Outward, Unreached};
use attune_people::teams as people_teams;
use attune_protocol::ids::PersonId;
use axum::http::{Request, StatusCode, header};
use tokio::sync::watch;
use tokio::time::timeout;

use super::teams;
use crate::team::ORGANISATION;
use crate::{Wellbeing, WellbeingError};
use target::Target;

pub(super) use message::Happening;
pub use target::check as check_hook;

const TELLING: Kind =
    Kind { name: "alert deliveries", every: Some(Duration::from_secs(10)), chore: Chore::TellingAlerts };

/// How long another program may take for one message.
const PATIENCE: Duration = Duration::from_secs(15);
/// The wait after a first failure, milliseconds; twice as long with each, up to the longest.
const FIRST_WAIT: i64 = 30_000;
const LONGEST_WAIT: i64 = 6 * 3_600_000;
/// After so many it is given up: the last comes two days after the first.
const MOST_ATTEMPTS: i64 = 18;
/// How long one collector has for a message before another one takes it up, milliseconds.
const LEASE: i64 = 60_000;

/// Where a message goes. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Channel {
    /// To a program, signed.
    Webhook,
    /// As Slack takes it.
    Slack,
}

impl Channel {
    const ALL: [Self; 2] = [Self::Webhook, Self::Slack];

    const fn number(self) -> i64 {
        match self {
            Self::Webhook => 1,
            Self::Slack => 2,
        }
    }

    fn is_set(self, state: &Wellbeing) -> bool {
        match self {
            Self::Webhook => state.hooks().webhook.is_some(),
            Self::Slack => state.hooks().slack.is_some(),
        }
    }
}

/// Has other programs told of an alert of a team, in the transaction in which it is opened or ends. Of a person nothing ever waits here.
pub(super) async fn queue(
    state: &Wellbeing,
    transaction: &mut Write,
    alert: [u8; 16],
    happening: Happening,
) -> Result<(), WellbeingError> {
    for channel in Channel::ALL.into_iter().filter(|channel| channel.is_set(state)) {
        sqlx::query(
            "INSERT INTO alert_deliveries (id, alert, event, channel, created_at, due_at, attempts, state) \
             VALUES ($1, $2, $3, $4, $5, $5, 0, 0) ON CONFLICT DO NOTHING",
        )
        .bind(PersonId::random().0.to_vec())
        .bind(alert.to_vec())
        .bind(happening.number())
        .bind(channel.number())
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    }
    Ok(())
}

/// The same where an alert ends since it may not be told any more: who took that it was opened is told that it has ended, and nobody else.
pub(super) async fn queue_end(
    state: &Wellbeing,
    transaction: &mut Write,
    alert: [u8; 16],
) -> Result<(), WellbeingError> {
    for channel in Channel::ALL.into_iter().filter(|channel| channel.is_set(state)) {
        sqlx::query(
            "INSERT INTO alert_deliveries (id, alert, event, channel, created_at, due_at, attempts, state) \
             SELECT $1, $2, $3, $4, $5, $5, 0, 0 WHERE EXISTS (SELECT 1 FROM alert_deliveries opened \
             WHERE opened.alert = $2 AND opened.event = $6 AND opened.channel = $4 AND opened.state = 1) ON CONFLICT DO NOTHING",
        )
        .bind(PersonId::random().0.to_vec())
        .bind(alert.to_vec())
        .bind(Happening::Closed.number())
        .bind(channel.number())
        .bind(now_millis())
        .bind(Happening::Opened.number())
        .execute(&mut ***transaction)
        .await?;
    }
    Ok(())
}

/// Sends what is due, until it is told to stop; of several collectors one does it.
pub(super) async fn keep_telling(state: Wellbeing, stop: watch::Receiver<bool>) {
    let outward = Outward::new();
    let round = |_: String| async { tell_due(&state, &outward, now_millis).await.map(drop) };
    Worker::new(state.store(), TELLING).run(stop, round).await;
}

/// One that was taken up.
pub(super) struct Waiting {
    id: Vec<u8>,
    alert: [u8; 16],
    happening: Happening,
    channel: Channel,
    /// With this one.
    attempts: i64,
}

/// How a try went.
pub(super) enum Went {
    Done,
    /// It may go later; in words without anything of anybody.
    Later(String),
    /// It never will.
    Never(String),
}

/// Sends what is due by a clock, which tells Unix milliseconds, and gives how many messages that were, sent or not. Each program is told by
/// itself: one that does not answer keeps none of the others waiting.
///
/// # Errors
/// When the database refuses.
pub(super) async fn tell_due(
    state: &Wellbeing,
    outward: &Outward,
    now: impl Fn() -> i64,
) -> Result<usize, WellbeingError> {
    let over = |channel: Channel| tell_over(state, outward, channel, &now);
    let (webhook, slack) = tokio::join!(over(Channel::Webhook), over(Channel::Slack));
    Ok(webhook? + slack?)
}

async fn tell_over(
    state: &Wellbeing,
    outward: &Outward,
    channel: Channel,
    now: &impl Fn() -> i64,
) -> Result<usize, WellbeingError> {
    let mut tried = 0;
    // Each has its lease from when it is taken up, however long those before it took.
    while let Some(waiting) = take_up(state, channel, now()).await? {
        let went = send(state, outward, &waiting).await?;
        settle(state, &waiting, went, now()).await?;
        tried += 1;
    }
    Ok(tried)
}

/// Which it is, of which alert, what happened, and how often it was tried.
type Due = (Vec<u8>, Vec<u8>, i64, i64);

/// Takes up the one that is due longest over a channel; no other collector takes it meanwhile. That an alert has ended is told nobody who has still to be
/// told that it was opened. One of a later version waits for that, and none of its tries is used up here.
pub(super) async fn take_up(state: &Wellbeing, channel: Channel, now: i64) -> Result<Option<Waiting>, WellbeingError> {
    loop {
        let row: Option<Due> = sqlx::query_as(
            "SELECT id, alert, event, attempts FROM alert_deliveries \
             WHERE state = 0 AND due_at <= $1 AND event <= $2 AND channel = $3 AND NOT EXISTS \
             (SELECT 1 FROM alert_deliveries earlier WHERE earlier.alert = alert_deliveries.alert AND earlier.state = 0 \
             AND earlier.channel = alert_deliveries.channel AND earlier.event < alert_deliveries.event) \
             ORDER BY due_at, event, id LIMIT 1",
        )
        .bind(now)
        .bind(Happening::Closed.number())
        .bind(channel.number())
        .fetch_optional(state.store().pool())
        .await?;
        let Some((id, alert, event, attempts)) = row else { return Ok(None) };
        let mut transaction = state.store().begin().await?;
        let claimed = sqlx::query(
            "UPDATE alert_deliveries SET due_at = $3, attempts = $2 + 1 WHERE id = $1 AND attempts = $2 AND state = 0",
        )
        .bind(id.clone())
        .bind(attempts)
        .bind(now + LEASE)
        .execute(&mut **transaction)
        .await?;
        transaction.commit().await?;
        if claimed.rows_affected() == 0 {
            continue;
        }
        let Some(happening) = Happening::of_number(event) else {
            // It does not read: its lease keeps it from being taken up at once.
            continue;
        };
        return Ok(Some(Waiting { id, alert: bytes16(&alert)?, happening, channel, attempts: attempts + 1 }));
    }
}

/// Writes what became of one, unless it was taken up by another collector since.
pub(super) async fn settle(state: &Wellbeing, waiting: &Waiting, went: Went, now: i64) -> Result<(), WellbeingError> {
    let (standing, error): (i64, Option<String>) = match went {
        Went::Done => (1, None),
        Went::Later(why) if waiting.attempts < MOST_ATTEMPTS => (0, Some(why)),
        Went::Later(why) | Went::Never(why) => (2, Some(why)),
    };
    if let Some(why) = &error {
        tracing::warn!(%why, given_up = standing == 2, "An alert of a team was not told to another program.");
    }
    let done_at = (standing != 0).then(now_millis);
    let wait = (FIRST_WAIT << (waiting.attempts - 1).clamp(0, 20)).min(LONGEST_WAIT);
    let mut transaction = state.store().begin().await?;
    sqlx::query(
        "UPDATE alert_deliveries SET state = $2, error = $3, due_at = $4, done_at = $5 \
         WHERE id = $1 AND attempts = $6 AND state = 0",
    )
    .bind(waiting.id.clone())
    .bind(standing)
    .bind(error)
    .bind(now + wait)
    .bind(done_at)
    .bind(waiting.attempts)
    .execute(&mut **transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// Sends one.
pub(super) async fn send(state: &Wellbeing, outward: &Outward, waiting: &Waiting) -> Result<Went, WellbeingError> {
    let never = |why: &str| Ok(Went::Never(why.to_owned()));
    let Some(alert) = teams::find(state.store(), waiting.alert).await? else { return never("the alert is gone") };
    let is_told = teams::is_told(state, &alert);
    if !is_told && waiting.happening == Happening::Opened {
        return never("the profile in force or the number of people forbids it by now");
    }
    let team = match alert.team {
        ORGANISATION => super::words::organisation(),
        team => match people_teams::find(state.store(), team).await? {
            Some(team) => team.name,
            None => return never("the team is gone"),
        },
    };
    let hooks = state.hooks();
    let times = state.people().calendar(None).await?;
    let told = message::Told {
        delivery: data_encoding::HEXLOWER.encode(&waiting.id),
        happening: waiting.happening,
        alert: &alert,
        team: &team,
        measured: is_told.then(|| super::words::measured(&alert.content, &times)),
        base: &hooks.base,
    };
    let (url, body, signature) = match (waiting.channel, &hooks.webhook, &hooks.slack) {
        (Channel::Webhook, Some(webhook), _) => {
            let body = told.json();
            let signature = message::signature(&webhook.secret, now_millis() / 1000, &body);
            (webhook.url.as_str(), body, Some(signature))
        }
        (Channel::Slack, _, Some(url)) => (url.as_str(), told.slack(), None),
        _ => return never("nothing is set to which it could go"),
    };
    let sent = timeout(PATIENCE, post(outward, (url, hooks.here), body, (told.delivery.as_str(), signature)));
    Ok(sent.await.unwrap_or_else(|_| Went::Later("no answer in time".to_owned())))
}

/// Posts a message. An answer that leads elsewhere is none: nothing is followed.
async fn post(
    outward: &Outward,
    (url, here): (&str, bool),
    body: Vec<u8>,
    (delivery, signature): (&str, Option<String>),
) -> Went {
    let target = match Target::parse(url, here) {
        Ok(target) => target,
        Err(why) => return Went::Never(why.to_owned()),
    };
    let stream = match target.connect().await {
        Ok(stream) => stream,
        Err(why) => return Went::Later(why.to_owned()),
    };
    let mut request = Request::post(target.uri)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, concat!("attune/", env!("CARGO_PKG_VERSION")))
        .header("attune-delivery", delivery);
    if let Some(signature) = signature {
        request = request.header("attune-signature", signature);
    }
    let Ok(request) = request.body(body) else { return Went::Never("it cannot be written".to_owned()) };
    match outward.hand(stream, request).await {
        Ok(status) if status.is_success() => Went::Done,
        Ok(StatusCode::GONE) => Went::Never("it is answered 410: not wanted any more".to_owned()),
        Ok(status) => Went::Later(format!("it is answered {}", status.as_u16())),
        // In our own words: what a library says may name the address, which may be a secret.
        Err(Unreached::Connection(_)) => Went::Later("no connection, or none that is trusted".to_owned()),
        Err(Unreached::Address) => Went::Never("the address is none that may be asked".to_owned()),
        Err(Unreached::Http(_) | Unreached::Body) => Went::Later("the answer is no HTTP".to_owned()),
    }
}
