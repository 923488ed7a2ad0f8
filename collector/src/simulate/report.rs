//! What was made, in words and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use attune_pages::words::count;
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
            format!(
                "{} taken in and {} fused in {taking_in:.1} s",
                so_many(*records, ["record", "records"]),
                so_many(*windows, ["window", "windows"])
            ),
            format!("{} of people rolled up in {rolling_up:.1} s", so_many(*rolled_up as u64, ["hour", "hours"])),
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
        line(format!("Made up from seed {seed}, under the profile {profile}:"));
        let all = so_many(people.all as u64, ["person", "people"]);
        line(format!("  {all} and {} from {first} to {last}", so_many(people.teams as u64, ["team", "teams"])));
        let People { joined_later, left, changed_teams, in_two_teams, withdrew, elsewhere, .. } = people;
        line(format!(
            "  {joined_later} joined later, {left} left, {changed_teams} changed teams, {in_two_teams} were in two,"
        ));
        line(format!("  {withdrew} withdrew a consent, {elsewhere} live in another zone"));
        before.words().into_iter().for_each(|words| line(format!("  {words}")));
        line(format!("From {} on, the last working day, when all else was there:", behind.since));
        behind.made.words().into_iter().for_each(|words| line(format!("  {words}")));
        line(format!(
            "Figures of teams made of {} in {:.1} s",
            so_many(weeks.made as u64, ["week", "weeks"]),
            weeks.making
        ));
        let whole: u64 = tables.iter().map(|(_, bytes)| bytes).sum();
        line(format!("On disk {}, most of it:", mebibytes(whole)));
        for (name, bytes) in tables.iter().take(LARGEST) {
            line(format!("  {name:16} {}", mebibytes(*bytes)));
        }
        if !profile.lets_everything_leave() {
            line(format!("Under {profile} some features stay with the devices, and what is made of them is"));
            line("missing here: --profile research has all.".into());
        }
        line("To look at it, on the same state folder (--state) and database (--database):".into());
        line(format!("  attune-collector serve --profile {profile}"));
        line("and sign in as (codes are asked for, and work once each)".into());
        for Account { name, role, password, codes } in accounts {
            let codes = codes.iter().take(2).map(String::as_str).collect::<Vec<_>>().join("  ");
            line(format!("  {role:16} {name:8} {password:20} {codes}").trim_end().to_owned());
        }
        text
    }
}

/// A number with what is counted, as one and as several.
fn so_many(number: u64, [one, several]: [&str; 2]) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { several })
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_fits_a_terminal_and_says_how_to_look_at_it() {
        let made = || Made {
            records: 5_123_456,
            windows: 1_234_567,
            taking_in: 1234.5,
            rolled_up: 723_456,
            rolling_up: 987.6,
        };
        let report = Report {
            seed: u64::MAX,
            profile: "research",
            days: ("2025-11-30".into(), "2026-11-29".into()),
            people: People {
                all: 1000,
                teams: 60,
                joined_later: 123,
                left: 123,
                changed_teams: 123,
                in_two_teams: 123,
                withdrew: 123,
                elsewhere: 123,
            },
            before: made(),
            last: Last { since: "2026-11-27".into(), made: made() },
            weeks: Weeks { made: 52, making: 321.0 },
            tables: vec![("records".into(), 1 << 34)],
            accounts: vec![Account {
                name: "manager".into(),
                role: "privacy officer",
                password: "avj5-wvdu-nub4-qpwp".into(),
                codes: vec!["yx6tx-7adqi".into(), "3monb-62jef".into()],
            }],
        };
        for profile in [Profile::Research, Profile::Eu] {
            let told = report.words(profile);
            assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
            assert!(told.contains("  1,000 people and 60 teams") && told.contains("5,123,456 records"), "{told}");
            assert!(told.contains(&format!("attune-collector serve --profile {profile}\n")), "{told}");
        }
        assert_eq!([0, 1, 6].map(|teams| so_many(teams, ["team", "teams"])), ["0 teams", "1 team", "6 teams"]);
    }
}
