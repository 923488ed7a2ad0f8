//! Who there is: drawn once, before anything is made.

use std::ops::RangeInclusive;

use attune_protocol::registry::Modality;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::{instant, is_holiday, later, weekday};
use super::drawn::Drawn;
use super::plan::Plan;

/// What is drawn apart, so that more of one changes nothing of another.
const TEAM: u64 = 1;
const PERSON: u64 = 2;

/// Zones of who does not live in the organisation's, and how many in a thousand do.
const ELSEWHERE: [(&str, u32); 4] =
    [("Europe/Berlin", 30), ("Europe/London", 80), ("America/New_York", 50), ("Asia/Kolkata", 40)];

/// The made-up organisation.
pub(crate) struct World {
    pub(super) plan: Plan,
    pub(super) teams: Vec<Team>,
    pub(crate) people: Vec<Somebody>,
}

/// A team.
pub(super) struct Team {
    pub(super) name: String,
    /// Days on which it has too much to do.
    loaded: Option<RangeInclusive<Date>>,
}

/// A place in a team: the first day, and the first day outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) team: usize,
    pub(super) since: Date,
    pub(super) until: Option<Date>,
}

/// Somebody who is made up.
pub(crate) struct Somebody {
    /// Their user id.
    pub(crate) name: String,
    /// Where they live; none in the organisation's zone.
    pub(super) zone: Option<&'static str>,
    /// Their first day.
    pub(super) since: Date,
    /// The first day on which they are not there any more.
    pub(super) until: Option<Date>,
    pub(super) places: Vec<Place>,
    /// The day on which they withdraw consent, and to what.
    pub(super) withdraws: Option<(Date, &'static [Modality])>,
    /// By what their days are drawn.
    pub(super) seed: u64,
    /// The hour at which they begin, by their clock.
    pub(super) begins: u32,
    /// How strained they usually are, in [0,1].
    pub(super) strain: f64,
    /// Beats a minute at rest, and the spread of successive intervals, ms.
    pub(super) heart: (f64, f64),
    /// How many windows are seen each time.
    pub(super) windows: u32,
    /// How often they answer a check-in.
    pub(super) answers: f64,
    /// Days on which they work, Monday first.
    works: [bool; 7],
    /// Days on which they are away, or their device is off.
    away: Vec<RangeInclusive<Date>>,
}

impl World {
    /// The one of a plan.
    pub(crate) fn of(plan: Plan) -> Self {
        let mut drawn = Drawn::of(plan.seed, &[TEAM]);
        // Teams are of several sizes.
        let shares: Vec<f64> = (0..plan.teams).map(|_| 0.6 + 0.8 * drawn.share()).collect();
        let whole: f64 = shares.iter().sum();
        let mut ends = Vec::with_capacity(shares.len());
        let mut sum = 0.0;
        for share in shares {
            sum += share;
            ends.push(sum / whole);
        }
        let team_of = |place: u32| {
            let at = (f64::from(place) + 0.5) / f64::from(plan.people);
            ends.iter().position(|end| at < *end).unwrap_or(ends.len().saturating_sub(1))
        };
        let digits = plan.people.to_string().len();
        let people = (0..plan.people).map(|place| (format!("p{:0digits$}", place + 1), team_of(place)));
        let digits = plan.teams.to_string().len();
        let teams = (0..plan.teams).map(|place| format!("Team {:0digits$}", place + 1));
        Self::made(plan, teams.collect(), people.collect())
    }

    /// One of these teams, and who is in them: neither number of the plan counts.
    pub(crate) fn named(plan: Plan, teams: &[(&str, &[&str])]) -> Self {
        let people =
            teams.iter().enumerate().flat_map(|(team, (_, members))| members.iter().map(move |name| (*name, team)));
        let people = people.map(|(name, team)| (name.to_owned(), team)).collect();
        Self::made(plan, teams.iter().map(|(name, _)| (*name).to_owned()).collect(), people)
    }

    fn made(plan: Plan, teams: Vec<String>, people: Vec<(String, usize)>) -> Self {
        let count = teams.len();
        let teams = (0..).zip(teams).map(|(number, name)| Team::drawn(&plan, number, name)).collect();
        let people =
            (0..).zip(people).map(|(number, (name, team))| Somebody::drawn(&plan, number, name, (team, count)));
        Self { plan, teams, people: people.collect() }
    }

    /// Leaves out the last days of somebody, which something else makes.
    pub(crate) fn leave_out(&mut self, name: &str, days: u32) {
        let until = self.plan.until;
        let since = later(until, 1 - i32::try_from(days).unwrap_or(i32::MAX));
        let named = self.people.iter_mut().find(|somebody| somebody.name == name);
        named.into_iter().for_each(|somebody| somebody.away.push(since..=until));
    }

    /// The first instant of it all, Unix milliseconds, by the organisation's clock.
    pub(crate) fn begins(&self, organisation: &TimeZone) -> i64 {
        instant(organisation, self.plan.first(), 0)
    }

    /// How much more than usual somebody has to do on a day, in [0,1]: as much as the most loaded of their teams.
    pub(super) fn load(&self, who: &Somebody, date: Date) -> f64 {
        let is_in = |place: &&Place| place.since <= date && place.until.is_none_or(|until| date < until);
        let teams = who.places.iter().filter(is_in).filter_map(|place| self.teams.get(place.team));
        teams.map(|team| team.load(date)).fold(0.0, f64::max)
    }
}

impl Team {
    fn drawn(plan: &Plan, number: u64, name: String) -> Self {
        let mut drawn = Drawn::of(plan.seed, &[TEAM, number]);
        // One in six, and the first; three to five weeks in the second half.
        let is_loaded = drawn.happens(1.0 / 6.0) || number == 0;
        let (behind, weeks) = (drawn.below(plan.days / 2 + 1), 3 + drawn.below(3));
        let begin = later(plan.first(), i32::try_from(plan.days / 2 + behind / 3).unwrap_or(i32::MAX));
        let loaded = is_loaded.then(|| begin..=later(begin, i32::try_from(7 * weeks).unwrap_or(0)));
        Self { name, loaded }
    }

    /// It comes and goes over five days.
    fn load(&self, date: Date) -> f64 {
        let Some(loaded) = self.loaded.as_ref().filter(|loaded| loaded.contains(&date)) else { return 0.0 };
        let apart = |one: Date, other: Date| (one - other).get_days().abs();
        let edge = apart(date, *loaded.start()).min(apart(date, *loaded.end()));
        (f64::from(edge + 1) / 5.0).min(1.0)
    }
}

impl Somebody {
    fn drawn(plan: &Plan, number: u64, name: String, (team, teams): (usize, usize)) -> Self {
        let mut drawn = Drawn::of(plan.seed, &[PERSON, number]);
        let mut somebody = Self {
            name,
            zone: None,
            since: plan.first(),
            until: None,
            places: Vec::new(),
            withdraws: None,
            seed: drawn.next(),
            begins: 7 + drawn.below(3),
            strain: 0.22 + 0.2 * drawn.share(),
            heart: (62.0 + 16.0 * drawn.share(), 26.0 + 30.0 * drawn.share()),
            windows: plan.windows_of(number),
            answers: 0.7 * drawn.share(),
            works: [true, true, true, true, true, false, false],
            away: Vec::new(),
        };
        if drawn.happens(0.18) {
            // Part-time: one weekday less, of some two.
            somebody.works[drawn.below(5) as usize] = false;
            somebody.works[drawn.below(5) as usize] = false;
        }
        if plan.mixed {
            somebody.comes_and_goes(plan, &mut drawn);
            somebody.withdraws(plan, &mut drawn);
            somebody.zone = zone(&mut drawn);
            somebody.moves(plan, (team, teams), &mut drawn);
        } else {
            somebody.places.push(Place { team, since: somebody.since, until: None });
        }
        somebody.is_away_now_and_then(plan, &mut drawn);
        somebody
    }

    /// One in fourteen joins later, and one in fourteen leaves.
    fn comes_and_goes(&mut self, plan: &Plan, drawn: &mut Drawn) {
        if drawn.happens(0.07) {
            self.since = a_day(plan, drawn);
        }
        if drawn.happens(0.07) {
            self.until = Some(a_day(plan, drawn)).filter(|until| *until > later(self.since, 14));
        }
    }

    /// One in twenty withdraws consent to all that is sensed, and one in fifty to face and voice.
    fn withdraws(&mut self, plan: &Plan, drawn: &mut Drawn) {
        const SEEN_AND_HEARD: [Modality; 2] = [Modality::Face, Modality::Voice];
        let (share, date) = (drawn.share(), a_day(plan, drawn));
        let of: &[Modality] = match share {
            share if share < 0.05 => &Modality::SENSED,
            share if share < 0.07 => &SEEN_AND_HEARD,
            _ => return,
        };
        self.withdraws = Some((date, of)).filter(|(date, _)| *date > later(self.since, 7));
    }

    /// One in ten changes teams, and one in ten has a place in a second one for some weeks.
    fn moves(&mut self, plan: &Plan, (team, teams): (usize, usize), drawn: &mut Drawn) {
        let Self { since, until, .. } = *self;
        let own = Place { team, since, until };
        self.places.push(own);
        let (share, date, others) = (drawn.share(), a_day(plan, drawn), teams.saturating_sub(1));
        let step = 1 + drawn.below(u32::try_from(others).unwrap_or(u32::MAX)) as usize;
        if others == 0 || date <= since || until.is_some_and(|until| until <= date) {
            return;
        }
        let another = Place { team: (team + step) % teams, since: date, until };
        if share < 0.1 {
            self.places = vec![Place { until: Some(date), ..own }, another];
        } else if share < 0.2 {
            let end = later(date, 42);
            self.places.push(Place { until: Some(until.map_or(end, |until| until.min(end))), ..another });
        }
    }

    /// Two weeks of every half year, and up to three days in every quarter: of illness, or because the device is off.
    fn is_away_now_and_then(&mut self, plan: &Plan, drawn: &mut Drawn) {
        for _ in 0..=(plan.days / 182) {
            let begin = a_day(plan, drawn);
            // Where it is about less than that, less.
            let length = (plan.days / 13).clamp(1, 14);
            self.away.push(begin..=later(begin, i32::try_from(length).unwrap_or(1) - 1));
        }
        for _ in 0..=(plan.days / 90) {
            let (begin, length) = (a_day(plan, drawn), drawn.below(3));
            self.away.push(begin..=later(begin, i32::try_from(length).unwrap_or(0)));
        }
    }

    /// Whether they are in the organisation on a day.
    pub(super) fn is_there(&self, date: Date) -> bool {
        self.since <= date && self.until.is_none_or(|until| date < until)
    }

    /// Whether one place of theirs ends where another begins.
    pub(super) fn changes_teams(&self) -> bool {
        self.places.first().is_some_and(|place| place.until.is_some() && place.until != self.until)
    }

    /// Whether something of them is sensed on a day; where there is too much to do, on some Saturdays, too.
    pub(super) fn works(&self, date: Date, load: f64, drawn: &mut Drawn) -> bool {
        let extra = load > 0.5 && weekday(date) == 5 && drawn.happens(0.25);
        let is_away = is_holiday(date) || self.away.iter().any(|away| away.contains(&date));
        self.is_there(date) && !is_away && (self.works[weekday(date)] || extra)
    }

    /// Whether they agree on a day that something of a modality goes to the collector.
    pub(super) fn agrees(&self, date: Date, modality: Modality) -> bool {
        self.withdraws.is_none_or(|(withdrawn, of)| date < withdrawn || !of.contains(&modality))
    }

    /// By which clock they live.
    pub(super) fn clock(&self, organisation: &TimeZone) -> TimeZone {
        self.zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(|| organisation.clone())
    }
}

/// A day of all of them.
fn a_day(plan: &Plan, drawn: &mut Drawn) -> Date {
    later(plan.first(), i32::try_from(drawn.below(plan.days)).unwrap_or(0))
}

/// Where somebody lives; none in the organisation's zone.
fn zone(drawn: &mut Drawn) -> Option<&'static str> {
    let mut place = drawn.below(1000);
    for (zone, share) in ELSEWHERE {
        if place < share {
            return Some(zone);
        }
        place -= share;
    }
    None
}
