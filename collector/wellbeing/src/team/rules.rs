//! The rules by which figures of a week are made of people, as one function: cohorts in, figures out. The job and the attack use the same.

use std::collections::BTreeMap;

use attune_ground::measures::Measure;
use attune_people::teams::TeamId;

use super::days::{Days, leave_few};
use super::isolate::{Against, Cohort, Published};
use super::noise::{self, Draw};
use super::{MEMORY, ORGANISATION, SPARE, WEEK, Why, edges, told_people};

/// The week, and then its seven days.
pub(crate) const WINDOWS: usize = 8;

/// People of a third of the range who are counted at least.
pub(crate) const BANDS_LEAST: u32 = 5;

/// Within which part of the range nobody's value may be known to lie.
pub(crate) const KNOWN_WITHIN: f64 = 0.1;

/// Measures that are sums of others, with factors: the figure of one less those of the others, of people of whom the same of them is known, is
/// nothing, and so is of whom more is known.
const COMPOUNDS: [&str; 1] = ["overall"];

/// Whether a measure is a sum of others, and so told of no team.
pub(crate) fn is_made_of_others(measure: &Measure) -> bool {
    COMPOUNDS.contains(&measure.name)
}

/// What protects people in figures. All of it holds, but where it is tried what one of them is worth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How many people a figure is of at least.
    pub(crate) least_people: usize,
    /// What several figures leave of another one is of nobody, or of that many.
    pub(crate) complements: bool,
    /// Two cohorts differ by nobody, or by that many.
    pub(crate) differences: bool,
    /// Each counts once, cut to the range, and not where everybody's would be known.
    pub(crate) shares: bool,
    /// What is told is the same whether one of the members takes part or not.
    pub(crate) rosters: bool,
    /// No figure of all messages is what those of kinds of channels are together.
    pub(crate) channels: bool,
    /// What is made of other measures is not told beside them.
    pub(crate) compounds: bool,
    /// No interval is so narrow that everybody's would be known.
    pub(crate) widths: bool,
    /// What a figure costs each of its people, where noise is added.
    pub(crate) epsilon: Option<f64>,
}

impl Rules {
    /// All of them.
    pub(crate) const fn all(least_people: usize, epsilon: Option<f64>) -> Self {
        Self {
            least_people,
            complements: true,
            differences: true,
            shares: true,
            rosters: true,
            channels: true,
            compounds: true,
            widths: true,
            epsilon,
        }
    }
}

/// What was seen of somebody in the newest piece of time, of those that count, in which anything was.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Part {
    /// The mean.
    pub(crate) mean: f64,
    /// Seconds for which it stands, or how many answers it is of.
    pub(crate) weight: f64,
    /// Whether it is of that very week, or day.
    pub(crate) is_new: bool,
}

/// Somebody of whom a measure was seen.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Contributor {
    /// As of the week, and of each of its days.
    pub(crate) parts: [Option<Part>; WINDOWS],
    /// The share of the week in which they were seen, of that in which their devices were on.
    pub(crate) coverage: Option<f64>,
    /// Whether what was seen of them in weeks before has changed since figures of those were made: what they count with may be another
    /// now, also where they were not seen.
    pub(crate) is_late: bool,
}

/// Who is in a team in a week.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) team: TeamId,
    pub(crate) people: Cohort,
    /// The last week before, its Monday, in which somebody was in it who is not any more, of those that count.
    pub(crate) left: Option<i64>,
}

/// A cohort whose figures were given.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    pub(crate) team: TeamId,
    /// Its Monday, days since 1970-01-01.
    pub(crate) week: i64,
    pub(crate) people: Cohort,
}

/// A figure as it is made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) between: (f64, f64),
    pub(crate) people: u32,
    pub(crate) coverage: Option<f64>,
}

/// What is made of a team in a week.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) team: TeamId,
    /// Who counts; nobody where the week is withheld.
    pub(crate) people: Cohort,
    /// Of the week and its days.
    pub(crate) windows: [Result<Figure, Why>; WINDOWS],
    /// People by thirds of the range in the week.
    pub(crate) bands: Option<[Option<u32>; 3]>,
}

/// What is known while the figures of a measure in a week are made.
struct Making<'a> {
    rules: Rules,
    measure: &'a Measure,
    people: &'a BTreeMap<u64, Contributor>,
    given: Published,
    /// Who of those that are given was seen in the window itself: what was new of them is what two windows differ by.
    new: [Published; WINDOWS],
    /// The same with who was changed late; empty where nobody was.
    changed: [Published; WINDOWS],
    is_late: bool,
    /// Teams whose figure would tell what everybody's is: what a larger cohort leaves of them would, too.
    alike: [Vec<Cohort>; WINDOWS],
    /// Cohorts that are told in each window.
    told: [Published; WINDOWS],
}

/// Makes the figures of a measure in a week, given by its Monday. `before` are cohorts of the measure that were given; of the same week
/// there are none, as it is made once. The organisation's stands behind those of the teams.
pub(crate) fn make(
    rules: Rules,
    (measure, week): (&Measure, i64),
    people: &BTreeMap<u64, Contributor>,
    groups: &[Group],
    before: &[Before],
    draw: Draw<'_>,
) -> Vec<Made> {
    if rules.compounds && is_made_of_others(measure) {
        let all = groups.iter().map(|group| group.team).chain([ORGANISATION]);
        return all.map(|team| withheld(team, Why::Share)).collect();
    }
    let mut making = Making {
        rules,
        measure,
        people,
        given: Published::default(),
        new: Default::default(),
        changed: Default::default(),
        is_late: people.values().any(|one| one.is_late),
        alike: Default::default(),
        told: Default::default(),
    };
    let counts = |of: &&Before| of.week < week && of.week >= week - MEMORY * WEEK;
    let mut last: BTreeMap<TeamId, &Before> = BTreeMap::new();
    for one in before.iter().filter(counts).filter(|one| one.team != ORGANISATION) {
        making.given.add(one.people.clone());
        let newest = last.entry(one.team).or_insert(one);
        if one.week > newest.week {
            *newest = one;
        }
    }
    let able = |group: &Group| -> Cohort {
        let has = |person: &&u64| people.get(*person).is_some_and(|one| one.parts[0].is_some());
        group.people.iter().filter(has).copied().collect()
    };
    let mut groups: Vec<(&Group, Cohort)> = groups.iter().map(|group| (group, able(group))).collect();
    // Who was given stays given where that can be; then the small ones, so that as many as can be are.
    groups.sort_by_key(|(group, able)| (!last.contains_key(&group.team), able.len(), group.team));
    groups.iter().for_each(|(_, able)| making.note_alike(able));
    let mut made: Vec<Made> = Vec::new();
    for (group, able) in &groups {
        let own: Vec<&Before> = before.iter().filter(counts).filter(|one| one.team == group.team).collect();
        made.push(making.team((*group, able), &own, week, draw));
    }
    let everybody: Cohort = groups.into_iter().flat_map(|(_, able)| able).collect();
    let (whole, told) = if rules.complements { sum_of(&made) } else { (everybody, None) };
    let organisation = making.organisation((&whole, &made), told, draw);
    let bands = tell_apart(&mut made, &whole);
    made.push(Made { bands: organisation.bands.filter(|_| bands), ..organisation });
    made
}

/// Withholds the spread of teams that have people in common: less one another they would tell what is withheld of each. Gives whether
/// that of the organisation may be told, which is where nothing is withheld of its teams.
fn tell_apart(made: &mut [Made], whole: &Cohort) -> bool {
    let times = |person: &u64| made.iter().filter(|one| one.people.contains(person)).take(2).count();
    let shared: Cohort =
        made.iter().flat_map(|one| one.people.iter()).filter(|person| times(person) > 1).copied().collect();
    for one in made.iter_mut().filter(|one| !one.people.is_disjoint(&shared)) {
        one.bands = None;
    }
    let all = |one: &Made| one.bands.is_some_and(|bands| bands.iter().all(Option::is_some));
    made.iter().filter(|one| !one.people.is_disjoint(whole)).all(all)
}

/// Everybody in given cohorts of which no two have somebody in common, the largest first, and in which windows all of those are told: a sum
/// of what is told tells nothing besides.
fn sum_of(made: &[Made]) -> (Cohort, Option<[bool; WINDOWS]>) {
    let mut given: Vec<&Made> = made.iter().filter(|one| !one.people.is_empty()).collect();
    given.sort_by_key(|one| (std::cmp::Reverse(one.people.len()), one.team));
    let (mut whole, mut told) = (Cohort::new(), [true; WINDOWS]);
    for one in given {
        if whole.is_disjoint(&one.people) {
            whole.extend(&one.people);
            told.iter_mut().zip(&one.windows).for_each(|(told, window)| *told &= window.is_ok());
        }
    }
    (whole, Some(told))
}

impl Making<'_> {
    fn team(&mut self, (group, able): (&Group, &Cohort), own: &[&Before], week: i64, draw: Draw<'_>) -> Made {
        let Rules { least_people: least, rosters, .. } = self.rules;
        let team = group.team;
        // Of a team of two of whom nobody was seen, that nobody was would tell of each: it is too few, as one would be.
        let mut why = Why::TooFew;
        if rosters && group.people.len() < least + SPARE as usize {
            return withheld(team, why);
        }
        // Somebody was in the team then who has left it. What is told is the same whether they took part or not: as if they had.
        let is_left = |one: &Before| rosters && group.left.is_some_and(|left| one.week <= left);
        let stayed = |one: &&Before| -> Cohort { one.people.intersection(&group.people).copied().collect() };
        let left: Vec<Cohort> = own.iter().filter(|one| is_left(one)).map(stayed).collect();
        let last = own.iter().max_by_key(|one| one.week);
        let last = last.map(|last| (&last.people, is_left(last)));
        for cohort in self.candidates(able, last, week) {
            if left.iter().any(|stayed| stayed.symmetric_difference(&cohort).count() < least) {
                why = Why::Difference;
                continue;
            }
            match self.figures((team, &cohort), None, draw) {
                Ok(made) => return made,
                Err(reason) => why = reason,
            }
        }
        withheld(team, why)
    }

    fn organisation(
        &mut self,
        (whole, teams): (&Cohort, &[Made]),
        told: Option<[bool; WINDOWS]>,
        draw: Draw<'_>,
    ) -> Made {
        match self.figures((ORGANISATION, whole), told, draw) {
            Ok(made) => made,
            Err(why) if !whole.is_empty() => withheld(ORGANISATION, why),
            // The sum of no team is withheld as they are; nothing was seen where nothing was seen of all of them.
            Err(_) => {
                let mut reasons = teams.iter().filter_map(|team| team.windows.first()?.err());
                withheld(ORGANISATION, reasons.find(|why| *why != Why::Nothing).unwrap_or(Why::Nothing))
            }
        }
    }

    /// Who could be the cohort, best first. `last`: who was it last, and whether somebody has left the team since.
    fn candidates(&self, able: &Cohort, last: Option<(&Cohort, bool)>, week: i64) -> Vec<Cohort> {
        let least = self.rules.least_people;
        let Some((last, is_left)) = last.filter(|_| self.rules.differences) else { return vec![able.clone()] };
        let came = able.difference(last).count();
        if last.is_subset(able) && !is_left {
            return if came < least { vec![last.clone()] } else { vec![able.clone(), last.clone()] };
        }
        let mut all = vec![able.clone()];
        let mut stay: Vec<u64> = able.intersection(last).copied().collect();
        if stay.len() >= 2 * least {
            // Which of them rest depends on no value, and falls on others each week.
            let week = u64::from_le_bytes(week.to_le_bytes()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            stay.sort_by_key(|person| (person ^ week).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(31));
            all.push(stay.split_off(least).into_iter().collect());
        }
        all
    }

    /// The figures of a cohort, where it can be given at all. `told`: it is a sum of given ones, which are all told in these windows.
    fn figures(
        &mut self,
        (team, cohort): (TeamId, &Cohort),
        told: Option<[bool; WINDOWS]>,
        draw: Draw<'_>,
    ) -> Result<Made, Why> {
        let least = self.rules.least_people;
        if cohort.is_empty() || cohort.len() < least {
            return Err(Why::TooFew);
        }
        let mut windows = [Err(Why::TooFew); WINDOWS];
        if told.is_none() {
            self.against(&self.given, cohort)?;
        }
        let mut days: Days = 0;
        for (window, made) in windows.iter_mut().enumerate() {
            *made = self.window((window, days), cohort, told.map(|told| told[window]), draw);
            if let (0, Err(why)) = (window, *made) {
                return Err(why);
            }
            if made.is_ok() {
                days |= day_of(window);
                let new = self.seen_in(window, cohort);
                self.new[window].add(new);
                if self.is_late {
                    let changed = self.changed_in(window, cohort);
                    self.changed[window].add(changed);
                }
                self.told[window].add(cohort.clone());
            }
        }
        self.given.add(cohort.clone());
        let bands = self.rules.epsilon.is_none().then(|| self.bands(cohort)).flatten();
        Ok(Made { team, people: cohort.clone(), windows, bands })
    }

    fn against(&self, published: &Published, cohort: &Cohort) -> Result<(), Why> {
        let Rules { least_people: least, complements, differences, .. } = self.rules;
        let found = match (differences, complements) {
            (false, _) => None,
            (true, true) => published.against(cohort, least),
            (true, false) => published.is_near(cohort, least).then_some(Against::Pair),
        };
        match found {
            None => Ok(()),
            Some(Against::Pair) => Err(Why::Difference),
            Some(Against::Sums) => Err(Why::Complement),
        }
    }

    /// Who of a cohort was seen in a window itself.
    fn seen_in(&self, window: usize, cohort: &Cohort) -> Cohort {
        let is_new = |person: &&u64| {
            let one = self.people.get(*person).and_then(|one| one.parts[window]);
            one.is_some_and(|part| part.is_new)
        };
        cohort.iter().filter(is_new).copied().collect()
    }

    /// Of whom in a cohort it may be another one in a window than it was before: what late data, or a deletion, changes is of as many, too.
    fn changed_in(&self, window: usize, cohort: &Cohort) -> Cohort {
        let mut changed = self.seen_in(window, cohort);
        changed.extend(cohort.iter().filter(|person| self.people.get(*person).is_some_and(|one| one.is_late)));
        changed
    }

    /// The figure of a window, beside those of days of the same week that are told.
    fn window(
        &self,
        (window, days): (usize, Days),
        cohort: &Cohort,
        told: Option<bool>,
        draw: Draw<'_>,
    ) -> Result<Figure, Why> {
        let parts: Vec<Part> = cohort.iter().filter_map(|person| self.people.get(person)?.parts[window]).collect();
        let new = self.seen_in(window, cohort);
        if parts.len() < cohort.len() || new.len() < self.rules.least_people {
            return Err(Why::TooFew);
        }
        if self.alike[window].iter().any(|alike| alike.is_subset(cohort)) {
            return Err(Why::Share);
        }
        if window > 0 && self.rules.differences && self.leaves_few_of_the_week((window, days), cohort) {
            return Err(Why::Difference);
        }
        match told {
            Some(true) => {}
            Some(false) => return Err(Why::Complement),
            None => {
                self.against(&self.new[window], &new)?;
                if self.is_late {
                    self.against(&self.changed[window], &self.changed_in(window, cohort))?;
                }
            }
        }
        if self.leaves_alike(window, cohort) {
            return Err(Why::Share);
        }
        let figure = self.figure(&parts, draw)?;
        let coverages: Vec<f64> = cohort.iter().filter_map(|person| self.people.get(person)?.coverage).collect();
        let covered = coverages.iter().sum::<f64>() / coverages.len().max(1) as f64;
        let tells = !coverages.is_empty() && self.rules.epsilon.is_none();
        Ok(Figure { coverage: tells.then_some((covered * 10.0).round() / 10.0), ..figure })
    }

    /// Whether the week less a day, and less others that are told, tells of few.
    fn leaves_few_of_the_week(&self, (day, told): (usize, Days), cohort: &Cohort) -> bool {
        let mut people: BTreeMap<Days, usize> = BTreeMap::new();
        for person in cohort {
            let parts = self.people.get(person).map_or([None; WINDOWS], |one| one.parts);
            let is_new = |window: &usize| parts[*window].is_some_and(|part| part.is_new);
            *people.entry((1..WINDOWS).filter(is_new).map(day_of).fold(0, |all, day| all | day)).or_default() += 1;
        }
        leave_few(&people, (told, day_of(day)), self.rules.least_people)
    }

    /// Notes a team in the windows in which its figure would tell what everybody's is.
    fn note_alike(&mut self, able: &Cohort) {
        let Rules { least_people, shares, epsilon, .. } = self.rules;
        if !shares || epsilon.is_some() || able.len() < least_people {
            return;
        }
        for window in 0..WINDOWS {
            let parts: Vec<Part> = able.iter().filter_map(|person| self.people.get(person)?.parts[window]).collect();
            if self.tells_of_each(&parts) {
                self.alike[window].push(able.clone());
            }
        }
    }

    /// Whether this figure less another one of the window, or less some that have nobody in common, would tell what everybody's is of whom
    /// it leaves: nobody is further from what they would have to be than all of them together.
    fn leaves_alike(&self, window: usize, cohort: &Cohort) -> bool {
        let Rules { shares, epsilon, .. } = self.rules;
        if !shares || epsilon.is_some() {
            return false;
        }
        let mut others = self.told[window].touching(cohort);
        if others.iter().any(|other| self.are_apart(window, (cohort, *other))) {
            return true;
        }
        others.retain(|other| other.is_subset(cohort));
        others.sort_by_key(|other| std::cmp::Reverse(other.len()));
        let mut left = cohort.clone();
        for other in others.into_iter().filter(|other| other.len() < cohort.len()) {
            if other.is_subset(&left) {
                left.retain(|person| !other.contains(person));
            }
        }
        left.len() < cohort.len() && self.are_apart(window, (&left, &Cohort::new()))
    }

    /// Whether everybody who is in one of two only is known by their difference: those of the one are at one end of the range, and those of
    /// the other at the other.
    fn are_apart(&self, window: usize, (one, other): (&Cohort, &Cohort)) -> bool {
        let (low, high) = self.measure.range;
        let of = |person: &u64| self.people.get(person)?.parts[window].map(|part| part.mean.clamp(low, high));
        let (mut people, mut from_ends) = (0_usize, [0.0_f64; 2]);
        for (values, [near, far]) in [(one.difference(other), [low, high]), (other.difference(one), [high, low])] {
            for value in values.filter_map(of) {
                people += 1;
                from_ends[0] += (value - near).abs();
                from_ends[1] += (value - far).abs();
            }
        }
        people > 0 && from_ends[0].min(from_ends[1]) < KNOWN_WITHIN * (high - low)
    }

    /// Whether a mean lies so near an end of the range that everybody's is known: nobody is further from it than all of them together.
    fn tells_of_each(&self, parts: &[Part]) -> bool {
        let (low, high) = self.measure.range;
        let from_low: f64 = parts.iter().map(|part| part.mean.clamp(low, high) - low).sum();
        let from_high = parts.len() as f64 * (high - low) - from_low;
        !parts.is_empty() && from_low.min(from_high) < KNOWN_WITHIN * (high - low)
    }

    fn figure(&self, parts: &[Part], draw: Draw<'_>) -> Result<Figure, Why> {
        let (low, high) = self.measure.range;
        let (count, range) = (parts.len() as f64, high - low);
        let people = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        if !self.rules.shares {
            let weight: f64 = parts.iter().map(|part| part.weight).sum();
            let value = parts.iter().map(|part| part.mean * part.weight).sum::<f64>() / weight;
            return Ok(Figure { value, between: (low, high), people, coverage: None });
        }
        let values = parts.iter().map(|part| part.mean.clamp(low, high));
        let mean = values.clone().sum::<f64>() / count;
        let around = |middle: f64, half: f64| ((middle - half).max(low), (middle + half).min(high));
        // An interval is that of as many people as are told, who are fewer: a narrower one would tell how many there are.
        let least = u32::try_from(self.rules.least_people).unwrap_or(u32::MAX);
        let told = told_people(people, least.min(people));
        if let Some(epsilon) = self.rules.epsilon {
            let value = noise::noisy(mean, self.measure.range, parts.len(), epsilon, draw);
            // No standard deviation within a range is larger than half of it; of Laplace noise 95 of 100 lie within three scales.
            let scale = noise::scale(self.measure.range, told as usize, epsilon);
            let half = (1.96 * range / 2.0 / f64::from(told).sqrt()).hypot(3.0 * scale);
            return Ok(Figure { value, between: around(value, half), people, coverage: None });
        }
        if self.tells_of_each(parts) {
            return Err(Why::Share);
        }
        let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        // Nobody is further from the mean than the standard deviation times (n - 1) / sqrt(n) (Samuelson 1968, How deviant can you be?): of
        // a smaller one only that it is smaller is told, as everybody's would be known.
        let told = f64::from(told);
        let narrowest = KNOWN_WITHIN * range * told.sqrt() / (told - 1.0).max(1.0);
        let deviation = variance.sqrt().max(if self.rules.widths { narrowest } else { 0.0 });
        let half = 1.96 * deviation / told.sqrt();
        Ok(Figure { value: mean, between: around(mean, half), people, coverage: None })
    }

    /// How many are in each third of the range, as far as that may be told; none where all are in one, or all would be withheld.
    fn bands(&self, cohort: &Cohort) -> Option<[Option<u32>; 3]> {
        let (low, high) = edges(self.measure);
        let mut counts = [0_u32; 3];
        for part in cohort.iter().filter_map(|person| self.people.get(person)?.parts[0]) {
            counts[usize::from(part.mean >= low) + usize::from(part.mean > high)] += 1;
        }
        let is_hidden = |count: u32| (1..BANDS_LEAST).contains(&count);
        let mut bands = counts.map(|count| (!is_hidden(count)).then_some(count));
        if bands.iter().filter(|band| band.is_none()).count() == 1 {
            // All people less those of the others would be those of this one.
            let others = (0..3).filter(|place| bands[*place].is_some_and(|count| count > 0));
            let smallest = others.min_by_key(|place| counts[*place])?;
            bands[smallest] = None;
        }
        let told: u32 = bands.iter().flatten().sum();
        let all: u32 = counts.iter().sum();
        let is_one = bands.iter().flatten().any(|count| *count == all);
        (told > 0 && !is_one && !is_hidden(all - told)).then_some(bands)
    }
}

/// A window as one of the days of a week; none for the week.
const fn day_of(window: usize) -> Days {
    if window == 0 { 0 } else { 1 << (window - 1) }
}

fn withheld(team: TeamId, why: Why) -> Made {
    Made { team, people: Cohort::new(), windows: [Err(why); WINDOWS], bands: None }
}
