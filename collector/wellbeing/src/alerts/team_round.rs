//! Looks whether what was given of teams calls for an alert.

use std::collections::BTreeMap;
use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::measures::Measure;
use attune_ground::store::Write;
use attune_ground::time::now_millis;
use attune_people::teams::{self as people_teams, TeamId};
use jiff::ToSpan;
use jiff::civil::Date;
use tokio::sync::watch;

use super::deliver::{self, Happening};
use super::judge::{Verdict, judge};
use super::recipients::{self, Recipient};
use super::record::{Content, What};
use super::rule::{About, Reads, Rule};
use super::series::{READ_WEEKS, Weeks};
use super::teams::{self, Alert};
use crate::bucket::{day_number, day_of};
use crate::team::{ORGANISATION, Told, Why, monday, spread, weeks};
use crate::{Wellbeing, WellbeingError};

/// Figures of a week are made once, days behind its end.
const ALERTS: Kind = Kind { name: "team alerts", every: Some(Duration::from_secs(60 * 60)), chore: Chore::Alerting };

/// Weeks of which it is read how people are spread.
const LOOKED_AT: usize = 5;

/// Looks at the start and every hour, until it is told to stop; of several collectors one does it.
pub(super) async fn keep_looking(state: Wellbeing, stop: watch::Receiver<bool>) {
    let round = |_: String| async { look(&state).await.map(drop) };
    Worker::new(state.store(), ALERTS).run(stop, round).await;
}

/// Looks at every team that is not closed, and at all of them as one; gives how many alerts were opened or ended.
///
/// # Errors
/// When the database refuses, or a figure of a team does not read: the others are looked at.
pub(crate) async fn look(state: &Wellbeing) -> Result<usize, WellbeingError> {
    let times = state.people().calendar(None).await?;
    let Some(today) = times.date(times.now) else { return Ok(0) };
    // The last week that is over.
    let newest = monday(day_number(today)) - 7;
    let listed = people_teams::list(state.store(), now_millis()).await?;
    let all: Vec<TeamId> =
        listed.into_iter().filter(|one| one.team.closed_at.is_none()).map(|one| one.team.id).collect();
    let mut connection = state.store().pool().acquire().await?;
    let open = teams::open(&mut connection).await?;
    drop(connection);
    let mut changed = end_what_nobody_sees(state, &open, &all).await?;
    let mut failed = None;
    for team in all.iter().copied().chain([ORGANISATION]) {
        let of_team: Vec<&Alert> = open.iter().filter(|alert| alert.team == team).collect();
        match look_at(state, team, &of_team, (today, newest)).await {
            Ok(of_it) => changed += of_it,
            Err(error) if error.is_of_the_database() => return Err(error),
            Err(error) => {
                tracing::error!(%error, "Alerts about one team could not be looked at.");
                failed = Some(error);
            }
        }
    }
    if changed > 0 {
        state.places().stir();
    }
    failed.map_or(Ok(changed), Err)
}

/// Nobody answers any more for a team that is closed, and nobody sees what the profile in force forbids, or what was made of figures of
/// fewer people than are set now.
async fn end_what_nobody_sees(state: &Wellbeing, open: &[Alert], all: &[TeamId]) -> Result<usize, WellbeingError> {
    let is_gone = |alert: &Alert| alert.team != ORGANISATION && !all.contains(&alert.team);
    let is_unseen = |alert: &&Alert| is_gone(alert) || !teams::is_told(state, alert);
    let unseen: Vec<&Alert> = open.iter().filter(is_unseen).collect();
    let mut ended = 0;
    let mut transaction = state.store().begin().await?;
    teams::untell(state, &mut transaction).await?;
    transaction.commit().await?;
    for alert in unseen {
        let mut transaction = state.store().begin().await?;
        if teams::close(&mut transaction, alert.id, What::Lapsed).await? {
            match teams::is_told(state, alert) {
                true => deliver::queue(state, &mut transaction, alert.id, Happening::Closed).await?,
                false => deliver::queue_end(state, &mut transaction, alert.id).await?,
            }
            ended += 1;
        }
        transaction.commit().await?;
    }
    Ok(ended)
}

async fn look_at(
    state: &Wellbeing,
    team: TeamId,
    open: &[&Alert],
    (today, newest): (Date, i64),
) -> Result<usize, WellbeingError> {
    let rules: Vec<&'static Rule> = Rule::about(About::Team).filter(|rule| teams::may_be_told(state, rule)).collect();
    let given = given(state, team, &rules, today).await?;
    let mut verdicts: Vec<(&'static Rule, Option<&Alert>, Verdict, u32)> = Vec::new();
    for rule in rules {
        let alert = open.iter().copied().find(|alert| alert.content.rule == rule);
        let points = given.points(rule, newest);
        let verdict = judge(rule, &points, alert.map(|alert| alert.content.raised()), newest);
        verdicts.extend(verdict.map(|verdict| (rule, alert, verdict, given.fewest(rule))));
    }
    if verdicts.is_empty() {
        return Ok(0);
    }
    // Before the transaction, which asks for no other connection.
    let recipients = recipients::of_team(state, team).await?;
    let mut changed = 0;
    for (rule, alert, verdict, people) in verdicts {
        let mut transaction = state.store().begin().await?;
        changed +=
            usize::from(settle(state, &mut transaction, (team, rule, alert), (verdict, people), &recipients).await?);
        transaction.commit().await?;
    }
    Ok(changed)
}

/// Opens or ends an alert, and has it told; gives whether anything changed.
async fn settle(
    state: &Wellbeing,
    transaction: &mut Write,
    (team, rule, alert): (TeamId, &'static Rule, Option<&Alert>),
    (verdict, people): (Verdict, u32),
    recipients: &[Recipient],
) -> Result<bool, WellbeingError> {
    match (verdict, alert) {
        (Verdict::Raise(points), None) => {
            let Some(id) = teams::raise(transaction, team, &Content { rule, points }, people).await? else {
                return Ok(false);
            };
            deliver::queue(state, transaction, id, Happening::Opened).await?;
            for to in recipients {
                if recipients::mail(state.people(), transaction, to).await? {
                    teams::note(transaction, id, What::Mailed, Some(to.login), None).await?;
                }
            }
            Ok(true)
        }
        (ended @ (Verdict::Clear(_) | Verdict::Lapse), Some(alert)) => {
            let what = if ended == Verdict::Lapse { What::Lapsed } else { What::Cleared };
            let closed = teams::close(transaction, alert.id, what).await?;
            if closed {
                deliver::queue(state, transaction, alert.id, Happening::Closed).await?;
            }
            Ok(closed)
        }
        _ => Ok(false),
    }
}

/// What was given of a team in the last weeks, as far as rules look at it.
async fn given(state: &Wellbeing, team: TeamId, rules: &[&'static Rule], today: Date) -> Result<Weeks, WellbeingError> {
    let mut given = Weeks::default();
    let Ok(first) = today.checked_sub((7 * READ_WEEKS).days()) else { return Ok(given) };
    let measures: BTreeMap<u16, &'static Measure> =
        rules.iter().flat_map(|rule| rule.measures()).map(|measure| (measure.number, measure)).collect();
    for measure in measures.into_values() {
        for (week, told) in weeks(state, team, measure, first..=today).await? {
            match told {
                Told::Figure(figure) => {
                    given.figures.entry(measure.name).or_default().insert(day_number(week), figure);
                }
                Told::Withheld(Why::Share) => {
                    given.alike.insert((measure.name, day_number(week)));
                }
                Told::Withheld(_) => {}
            }
        }
    }
    for rule in rules {
        let Reads::LowShare(name) = rule.reads else { continue };
        let Some(measure) = Measure::of_name(name) else { continue };
        let known: Vec<i64> = given
            .figures
            .get(name)
            .map(|weeks| weeks.keys().rev().take(LOOKED_AT).copied().collect())
            .unwrap_or_default();
        for week in known {
            let Some(date) = day_of(week) else { continue };
            if let Some(spread) = spread(state, team, measure, date).await? {
                given.spreads.insert((name, week), spread);
            }
        }
    }
    Ok(given)
}
