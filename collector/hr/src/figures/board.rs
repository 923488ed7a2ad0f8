use std::collections::{BTreeMap, BTreeSet};

use attune_protocol::ids::PersonId;
use jiff::civil::Date;

use super::cells::Values;
use super::measure::{Definition, Measure, Subject};
use super::sums::Sum;

/// The number of the group of who is in no team.
pub(super) const NO_TEAM: u32 = 0;

/// That somebody is in a team, from a day on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    team: u32,
    from: Date,
    /// The first day at whose end they are in it no more.
    until: Option<Date>,
}

/// In which group each person was when.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Groups {
    /// Teams by name: the id of each, and what it is called. Their numbers begin at 1.
    pub(crate) teams: Vec<(String, String)>,
    /// The places of each person who is or was in a team, in the order in which they came into it.
    places: BTreeMap<PersonId, Vec<Place>>,
}

impl Groups {
    /// With one more team; gives its number.
    pub(crate) fn team(&mut self, id: String, name: String) -> u32 {
        self.teams.push((id, name));
        u32::try_from(self.teams.len()).unwrap_or(u32::MAX)
    }

    /// With somebody in a team, who came into none of those before later than into this one.
    pub(crate) fn place(&mut self, person: PersonId, team: u32, from: Date, until: Option<Date>) {
        self.places.entry(person).or_default().push(Place { team, from, until });
    }

    /// The id of the team in which somebody is at the end of a day. Who is in several counts in the one that they came into first: what a
    /// team is called, and that another one is closed, moves nobody.
    pub(crate) fn team_of(&self, person: PersonId, day: Date) -> Option<&str> {
        let number = self.of(person, day).checked_sub(1)?;
        self.teams.get(number as usize).map(|(id, _)| id.as_str())
    }

    fn of(&self, person: PersonId, day: Date) -> u32 {
        let holds = |place: &&Place| place.from <= day && place.until.is_none_or(|until| day < until);
        self.places.get(&person).into_iter().flatten().find(holds).map_or(NO_TEAM, |place| place.team)
    }

    /// In which groups somebody is one after the other, each with the day from which on.
    fn path(&self, person: PersonId) -> Vec<(Date, u32)> {
        let places = self.places.get(&person).into_iter().flatten();
        let days = places.flat_map(|place| std::iter::once(place.from).chain(place.until));
        let days: BTreeSet<Date> = days.chain([Date::MIN]).collect();
        days.into_iter().map(|day| (day, self.of(person, day))).collect()
    }
}

/// Groups of fewer people than a figure is of.
#[derive(Default, Debug)]
pub(super) struct Few {
    groups: BTreeSet<u32>,
    /// How many people are in them.
    pub(super) people: usize,
}

impl Few {
    /// Whether a group is one of them.
    pub(super) fn has(&self, group: u32) -> bool {
        self.groups.contains(&group)
    }
}

/// The values of everybody, added up by cell and group. Nothing of one person is told apart in it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Board {
    pub(crate) groups: Groups,
    /// How many people the tables say something of.
    pub(super) people: u32,
    /// How many more of them are in a group from a day on, or how many fewer.
    moves: BTreeMap<Date, BTreeMap<u32, i64>>,
    pub(super) sums: BTreeMap<(Measure, i32), BTreeMap<u32, Sum>>,
}

impl Board {
    /// Of nobody yet.
    pub(crate) fn new(groups: Groups) -> Self {
        Self { groups, people: 0, moves: BTreeMap::new(), sums: BTreeMap::new() }
    }

    /// Adds the values of a person. Each counts in the group in which they were at the end of its cell.
    pub(crate) fn add(&mut self, person: PersonId, values: &Values) {
        self.people += 1;
        let path = self.groups.path(person);
        let mut before = None;
        for (day, group) in &path {
            let moves = self.moves.entry(*day).or_default();
            *moves.entry(*group).or_default() += 1;
            if let Some(before) = before.replace(*group) {
                *moves.entry(before).or_default() -= 1;
            }
        }
        for ((measure, cell), value) in values {
            let group = match path.as_slice() {
                [(_, only)] => *only,
                _ => self.groups.of(person, Definition::of(*measure).subject.grid().last(*cell)),
            };
            self.sums.entry((*measure, *cell)).or_default().entry(group).or_default().add(*value);
        }
    }

    /// Which groups are of few people at the end of a day: no cell tells of them whether anybody has a value there.
    pub(super) fn few(&self, day: Date, least: usize) -> Few {
        let mut sizes: BTreeMap<u32, i64> = BTreeMap::new();
        for (group, more) in self.moves.range(..=day).flat_map(|(_, moves)| moves) {
            *sizes.entry(*group).or_default() += more;
        }
        let mut few = Few::default();
        for (group, size) in sizes {
            let size = usize::try_from(size).unwrap_or_default();
            if (1..least).contains(&size) {
                few.groups.insert(group);
                few.people += size;
            }
        }
        few
    }

    /// The newest piece of time of which any measure of a subject has a value.
    pub(crate) fn newest(&self, subject: Subject) -> Option<i32> {
        let cells = subject.measures().filter_map(|of| {
            let all = (of.measure, i32::MIN)..=(of.measure, i32::MAX);
            self.sums.range(all).next_back().map(|((_, cell), _)| *cell)
        });
        cells.max()
    }
}
