//! Who sees which alerts, and does what about them: a person theirs, who answers for teams those about them, and who supports somebody that
//! there is one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_people::access::{self, Of};
use attune_people::me::Own;
use attune_people::rights::{Asker, LoginId, Means, Permit, Role};
use attune_people::teams::{self as people_teams, TeamId, led_by};
use attune_people::{accounts, sign_in};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::calls;
use super::person;
use super::record::{Content, Event, Standing, note};
use super::rule::Level;
use super::supporters::{self, Supported};
use super::teams;
use super::{round, words};
use crate::team::ORGANISATION;
use crate::{Wellbeing, WellbeingError};

/// For which teams somebody answers.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Teams {
    All,
    These(Vec<TeamId>),
}

impl Teams {
    fn have(&self, team: TeamId) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(&team),
        }
    }
}

/// Whose alerts somebody sees.
#[derive(Clone, Debug)]
pub(super) struct Whose {
    /// They, and accounts of earlier versions that are theirs, where they are here as who is sensed.
    people: Vec<PersonId>,
    teams: Teams,
    /// Who they are, where they signed in.
    pub(super) login: Option<LoginId>,
}

/// An alert as somebody sees it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Seen {
    pub(super) id: [u8; 16],
    /// The team that it is about, and its name; none where it is about whoever looks.
    pub(super) team: Option<(TeamId, String)>,
    pub(super) standing: Standing,
    pub(super) content: Content,
    /// Who holds it.
    pub(super) holder: Option<Holder>,
}

/// Who holds an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Holder {
    /// Whoever looks.
    You,
    /// Somebody of this name; none where their account is gone.
    Other(Option<String>),
}

impl Whose {
    /// Of who asks, in the roles in which they do.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn of(state: &Wellbeing, asker: &Asker) -> Result<Self, Problem> {
        let roles = asker.roles();
        let people = match roles.contains(&Role::Employee) && asker.person().is_some() {
            true => Own::of(state.people(), asker).await?.people,
            false => Vec::new(),
        };
        let teams = match (asker.means(), asker.login()) {
            (Means::Open, _) => Teams::All,
            (Means::Service(_, permits), _) if permits.contains(&Permit::ReadTeams) => Teams::All,
            (_, Some(_)) if roles.contains(&Role::Hr) => Teams::All,
            (_, Some(login)) if roles.contains(&Role::Manager) => {
                Teams::These(led_by(state.store(), login, now_millis()).await?)
            }
            _ => Teams::These(Vec::new()),
        };
        Ok(Self { people, teams, login: asker.login() })
    }
}

/// The open alerts that somebody sees, oldest first.
///
/// # Errors
/// When the database refuses.
pub(super) async fn open(state: &Wellbeing, whose: &Whose) -> Result<Vec<Seen>, WellbeingError> {
    let mut all = Vec::new();
    for person in &whose.people {
        let Some(key) = key_of(state, *person).await? else { continue };
        let mut connection = state.store().pool().acquire().await?;
        let open = person::open(&mut connection, *person, &key).await?;
        drop(connection);
        all.extend(round::still_agreed(state, *person, open).await?.into_iter().map(own));
    }
    if whose.teams != Teams::These(Vec::new()) {
        let mut connection = state.store().pool().acquire().await?;
        let open = teams::open(&mut connection).await?;
        drop(connection);
        all.extend(of_teams(state, whose, open).await?);
    }
    all.sort_by_key(|one| (one.standing.opened_at, one.id));
    Ok(all)
}

/// Alerts from before an instant on, newest first, and from which one the next page goes on.
pub(super) struct Page {
    pub(super) alerts: Vec<Seen>,
    pub(super) next: Option<i64>,
}

/// All alerts that somebody sees, a page of them.
///
/// # Errors
/// When the database refuses.
pub(super) async fn page(state: &Wellbeing, whose: &Whose, before: i64) -> Result<Page, WellbeingError> {
    let mut all = Vec::new();
    // Of each as many as a page has, so that the newest of all are among them; behind the last of a full one nothing is known.
    let mut known_to = i64::MIN;
    for person in &whose.people {
        let Some(key) = key_of(state, *person).await? else { continue };
        let (alerts, end) = person::page(state.store(), *person, &key, before).await?;
        known_to = known_to.max(end.unwrap_or(i64::MIN));
        all.extend(round::still_agreed(state, *person, alerts).await?.into_iter().map(own));
    }
    if whose.teams != Teams::These(Vec::new()) {
        let (alerts, end) = teams::page(state.store(), before, person::PAGE).await?;
        known_to = known_to.max(end.unwrap_or(i64::MIN));
        all.extend(of_teams(state, whose, alerts).await?);
    }
    all.retain(|one| one.standing.opened_at >= known_to);
    all.sort_by_key(|one| (std::cmp::Reverse(one.standing.opened_at), one.id));
    Ok(Page { alerts: all, next: (known_to > i64::MIN).then_some(known_to) })
}

/// One alert, and what became of it, each line with the name of whose deed it is.
pub(super) struct Whole {
    pub(super) seen: Seen,
    pub(super) events: Vec<(Event, Option<Holder>)>,
}

/// One that somebody sees.
///
/// # Errors
/// 404 where they see none of that id, whether there is one or not.
pub(super) async fn one(state: &Wellbeing, whose: &Whose, id: &str) -> Result<Whole, Problem> {
    match found(state, whose, id).await? {
        Found::Own(alert) => {
            let key = key_of(state, alert.person).await?.ok_or_else(none)?;
            let events = person::events(state.store(), &key, &alert).await?;
            let by_you = |event: Event| (event, Some(Holder::You));
            Ok(Whole { seen: own(alert), events: events.into_iter().map(by_you).collect() })
        }
        Found::Team(alert) => {
            let events = teams::events(state.store(), state.people().keys(), alert.id).await?;
            let names =
                names(state, events.iter().filter(|event| event.is_by_somebody()).filter_map(|event| event.by)).await?;
            let by = |event: Event| {
                let holder = event.by.map(|login| holder(whose, &names, login));
                (event, holder)
            };
            let events = events.into_iter().map(by).collect();
            let seen = of_teams(state, whose, vec![alert]).await?.pop().ok_or_else(none)?;
            Ok(Whole { seen, events })
        }
    }
}

/// Says that whoever asks has seen one and holds it.
///
/// # Errors
/// 401 for who has not signed in, 404 where they see none of that id.
pub(super) async fn acknowledge(state: &Wellbeing, whose: &Whose, id: &str) -> Result<(), Problem> {
    let login = whose.login.ok_or_else(nobody)?;
    let done = match found(state, whose, id).await? {
        Found::Own(alert) => {
            let key = key_of(state, alert.person).await?.ok_or_else(none)?;
            person::acknowledge(state.store(), (alert.person, alert.id), &key).await?
        }
        Found::Team(alert) => teams::acknowledge(state.store(), alert.id, login).await?,
    };
    if !done {
        return Err(none());
    }
    state.places().stir();
    Ok(())
}

/// Adds what whoever asks writes about one.
///
/// # Errors
/// 400 for a note that is none, 401 for who has not signed in, 404 where they see no alert of that id.
pub(super) async fn write_note(state: &Wellbeing, whose: &Whose, id: &str, text: &str) -> Result<(), Problem> {
    let login = whose.login.ok_or_else(nobody)?;
    let found = found(state, whose, id).await?;
    let text = note(text).ok_or_else(|| Problem::bad_request("note", words::words().note_wrong.clone()))?;
    let done = match found {
        Found::Own(alert) => {
            let key = key_of(state, alert.person).await?.ok_or_else(none)?;
            person::write_note(state.store(), (alert.person, alert.id), &key, &text).await?
        }
        Found::Team(alert) => teams::write_note(state.store(), state.people().keys(), (alert.id, login), &text).await?,
    };
    if done { Ok(()) } else { Err(none()) }
}

fn none() -> Problem {
    Problem::not_found("you see no such alert; GET /api/v1/alerts lists those that you do")
}

fn nobody() -> Problem {
    Problem::unauthorized("this is for who has signed in")
}

enum Found {
    Own(person::Alert),
    Team(teams::Alert),
}

async fn found(state: &Wellbeing, whose: &Whose, id: &str) -> Result<Found, Problem> {
    let PersonId(id) = id.parse::<PersonId>().map_err(|_| none())?;
    for person in &whose.people {
        let Some(key) = key_of(state, *person).await? else { continue };
        let alert = person::find(state.store(), *person, &key, id).await?;
        let alerts = round::still_agreed(state, *person, alert.into_iter().collect()).await?;
        if let Some(alert) = alerts.into_iter().next() {
            return Ok(Found::Own(alert));
        }
    }
    let alert = teams::find(state.store(), id).await?.filter(|alert| may_see(state, whose, alert));
    alert.map(Found::Team).ok_or_else(none)
}

fn may_see(state: &Wellbeing, whose: &Whose, alert: &teams::Alert) -> bool {
    whose.teams.have(alert.team) && teams::is_told(state, alert)
}

fn own(alert: person::Alert) -> Seen {
    let person::Alert { id, standing, content, .. } = alert;
    Seen { id, team: None, standing, content, holder: standing.acknowledged_at.map(|_| Holder::You) }
}

/// Those of alerts about teams that somebody sees, each with the name of its team and of who holds it.
async fn of_teams(state: &Wellbeing, whose: &Whose, alerts: Vec<teams::Alert>) -> Result<Vec<Seen>, WellbeingError> {
    let alerts: Vec<teams::Alert> = alerts.into_iter().filter(|alert| may_see(state, whose, alert)).collect();
    if alerts.is_empty() {
        return Ok(Vec::new());
    }
    let listed = people_teams::list(state.store(), now_millis()).await?;
    let mut called: BTreeMap<TeamId, String> = listed.into_iter().map(|one| (one.team.id, one.team.name)).collect();
    called.insert(ORGANISATION, words::organisation());
    let names = names(state, alerts.iter().filter_map(|alert| alert.holder)).await?;
    let seen = |teams::Alert { id, team, standing, holder: by, content, .. }: teams::Alert| {
        let name = called.get(&team).cloned()?;
        let holder = by.map(|login| holder(whose, &names, login));
        Some(Seen { id, team: Some((team, name)), standing, content, holder })
    };
    Ok(alerts.into_iter().filter_map(seen).collect())
}

fn holder(whose: &Whose, names: &BTreeMap<LoginId, String>, login: LoginId) -> Holder {
    match whose.login == Some(login) {
        true => Holder::You,
        false => Holder::Other(names.get(&login).cloned()),
    }
}

/// The names of who holds alerts or wrote about them: few, each looked up once.
async fn names(
    state: &Wellbeing,
    logins: impl Iterator<Item = LoginId>,
) -> Result<BTreeMap<LoginId, String>, WellbeingError> {
    let mut names = BTreeMap::new();
    for login in logins.collect::<BTreeSet<_>>() {
        // One whose account does not open has no name; what others see does not end with it.
        match sign_in::find(state.store(), state.people().keys(), login).await {
            Ok(found) => names.extend(found.map(|found| (login, found.name))),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(names)
}

/// The key of a person; none of who was erased.
pub(super) async fn key_of(state: &Wellbeing, person: PersonId) -> Result<Option<Arc<SealKey>>, WellbeingError> {
    match state.people().keys().of(person).await {
        Ok(key) => Ok(Some(key)),
        Err(GroundError::Erased | GroundError::Damaged(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What somebody who supports a person sees of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct OfSupported {
    pub(super) of: Supported,
    /// How the person is called.
    pub(super) name: Option<String>,
    /// The highest level of an open alert; none where none is open, and as long as they have not said yes.
    pub(super) level: Option<Level>,
    /// Whether they are to get in touch with them.
    pub(super) is_called: bool,
}

/// What whoever asks sees of those who chose them: that there is an alert, and its level. That they looked is on record, and seen by the
/// person.
///
/// # Errors
/// When the database refuses; then nothing may be answered.
pub(super) async fn of_supported(state: &Wellbeing, asker: &Asker) -> Result<Vec<OfSupported>, Problem> {
    let Some(login) = asker.login() else { return Ok(Vec::new()) };
    let called = calls::waiting(state.store(), login).await?;
    let mut all = Vec::new();
    for of in supporters::supported(state, login).await.map_err(Problem::from)? {
        let Some(key) = key_of(state, of.person).await? else { continue };
        let (mut level, is_called) = (None, called.contains(&of.id));
        if of.accepted_at.is_some() || is_called {
            access::read(state.store(), asker, Of::Person(of.person)).await?;
        }
        if of.accepted_at.is_some() {
            let mut connection = state.store().pool().acquire().await.map_err(WellbeingError::from)?;
            let open = person::open(&mut connection, of.person, &key).await?;
            drop(connection);
            let open = round::still_agreed(state, of.person, open).await?;
            level = open.iter().map(|alert| alert.content.rule.level).max();
        }
        let name = accounts::user_of(state.store(), state.people().keys(), of.person).await?;
        all.push(OfSupported { of, name, level, is_called });
    }
    Ok(all)
}
