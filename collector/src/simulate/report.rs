//! What was made, in words and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use attune_people::rights::Role;
use attune_people::sign_in::Ready;
use attune_protocol::policy::Profile;
use serde::Serialize;

use super::fill::Filled;
use super::settle::Took;
use super::world::{Somebody, World};

/// Tables of which the size is told by name; the others are told together.
const LARGEST: usize = 6;

/// What was made.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) profile: &'static str,
    /// The first and the last day.
    pub(super) days: (String, String),
    pub(super) people: People,
    pub(super) before: Made,
    pub(super) last: Last,
    pub(super) weeks: Weeks,
    /// Bytes of each table with its indexes, the largest first.
    pub(super) tables: Vec<(String, u64)>,
    pub(super) accounts: Vec<Account>,
}

/// Who there is.
#[derive(Serialize)]
pub(super) struct People {
    all: usize,
    teams: usize,
    joined_later: usize,
    left: usize,
    changed_teams: usize,
    in_two_teams: usize,
    withdrew: usize,
    elsewhere: usize,
}

/// What was taken in and made of it, and how long each took, seconds.
#[derive(Serialize)]
pub(super) struct Made {
    records: u64,
    windows: u64,
    taking_in: f64,
    /// Hours of people.
    rolled_up: usize,
    rolling_up: f64,
}

/// Weeks of which figures of teams were made, and how long that took, seconds.
#[derive(Serialize)]
pub(super) struct Weeks {
    made: usize,
    making: f64,
}

/// The last working day and what is behind it, made after all else.
#[derive(Serialize)]
pub(super) struct Last {
    pub(super) since: String,
    pub(super) made: Made,
}

/// Somebody who may sign in.
#[derive(Serialize)]
pub(super) struct Account {
    name: String,
    role: &'static str,
    password: String,
    /// Taken for the second factor, each once.
    codes: Vec<String>,
}

impl People {
    pub(super) fn of(world: &World) -> Self {
        let count =
            |is: fn(&Somebody, &World) -> bool| world.people.iter().filter(|somebody| is(somebody, world)).count();
        Self {
            all: world.people.len(),
            teams: world.teams.len(),
            joined_later: count(|somebody, world| somebody.since > world.plan.first()),
            left: count(|somebody, _| somebody.until.is_some()),
            changed_teams: count(|somebody, _| somebody.changes_teams()),
            in_two_teams: count(|somebody, _| somebody.places.len() > 1 && !somebody.changes_teams()),
            withdrew: count(|somebody, _| somebody.withdraws.is_some()),
            elsewhere: count(|somebody, _| somebody.zone.is_some()),
        }
    }
}

impl Made {
    pub(super) fn of(filled: Filled, taking_in: Duration, (rolled_up, rolling_up): Took) -> Self {
        Self {
            records: filled.records,
            windows: filled.windows,
            taking_in: taking_in.as_secs_f64(),
            rolled_up,
            rolling_up: rolling_up.as_secs_f64(),
        }
    }

    fn words(&self) -> [String; 2] {
        let Self { records, windows, taking_in, rolled_up, rolling_up } = self;
        [
            format!("{records} records taken in and {windows} windows fused in {taking_in:.1} s"),
            format!("{rolled_up} hours of people rolled up in {rolling_up:.1} s"),
        ]
    }
}

impl Weeks {
    pub(super) fn of((made, making): Took) -> Self {
        Self { made, making: making.as_secs_f64() }
    }
}

impl Account {
    pub(super) fn of(name: String, role: Role, ready: Ready) -> Self {
        Self { name, role: role.words(), password: ready.password, codes: ready.recovery_codes }
    }
}

impl Report {
    pub(super) fn words(&self, profile: Profile) -> String {
        let Self { seed, days: (first, last), people, before, last: behind, weeks, tables, accounts, .. } = self;
        let mut text = String::new();
        let mut line = |line: String| {
            let _ = writeln!(text, "{line}"); // a string takes what is written into it
        };
        line(format!(
            "Made up from seed {seed}, under the profile {profile}: {} people and {} teams from {first} to {last}",
            people.all, people.teams
        ));
        let People { joined_later, left, changed_teams, in_two_teams, withdrew, elsewhere, .. } = people;
        line(format!(
            "  {joined_later} joined later, {left} left, {changed_teams} changed teams, {in_two_teams} were in two, {withdrew} withdrew \
             a consent, {elsewhere} live in another zone"
        ));
        before.words().into_iter().for_each(|words| line(format!("  {words}")));
        line(format!("The last working day and what is behind it, from {}, when all else was there:", behind.since));
        behind.made.words().into_iter().for_each(|words| line(format!("  {words}")));
        line(format!("Figures of teams made of {} weeks in {:.1} s", weeks.made, weeks.making));
        let whole: u64 = tables.iter().map(|(_, bytes)| bytes).sum();
        let named = tables.iter().take(LARGEST).map(|(name, bytes)| format!("{name} {}", mebibytes(*bytes)));
        line(format!("On disk {}: {}", mebibytes(whole), named.collect::<Vec<_>>().join(", ")));
        if !profile.lets_everything_leave() {
            line(format!(
                "Under {profile} some kinds of features stay with the devices, and what is made of them is missing here: --profile \
                 research has all."
            ));
        }
        line("To look at it: attune-collector serve, on the same state folder and under the same profile, and sign in as".into());
        for Account { name, role, password, codes } in accounts {
            let codes = codes.iter().take(2).map(String::as_str).collect::<Vec<_>>().join("  ");
            line(format!("  {role:16} {name:8} {password:20} {codes}").trim_end().to_owned());
        }
        text
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
