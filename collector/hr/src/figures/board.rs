use std::collections::BTreeMap;

use attune_protocol::ids::PersonId;

use super::cells::Values;
use super::measure::{Measure, Subject};
use super::sums::Sum;

/// The number of the group of who is in no team.
pub(super) const NO_TEAM: u32 = 0;

/// In which group each person is.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Groups {
    /// Teams by name: the id of each, and what it is called. Their numbers begin at 1.
    pub(crate) teams: Vec<(String, String)>,
    /// The number of the team of each person who is in one.
    of: BTreeMap<PersonId, u32>,
}

impl Groups {
    /// With one more team and its people. Who is in several counts in the first.
    pub(crate) fn team(&mut self, id: String, name: String, people: impl IntoIterator<Item = PersonId>) {
        self.teams.push((id, name));
        let number = u32::try_from(self.teams.len()).unwrap_or(u32::MAX);
        for person in people {
            self.of.entry(person).or_insert(number);
        }
    }

    fn of(&self, person: PersonId) -> u32 {
        self.of.get(&person).copied().unwrap_or(NO_TEAM)
    }
}

/// The values of everybody, added up by cell and group. Nothing of one person is told apart in it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Board {
    pub(crate) groups: Groups,
    /// How many people the tables say something of.
    pub(super) people: u32,
    /// Of how many people of each group they do.
    sizes: BTreeMap<u32, u32>,
    pub(super) sums: BTreeMap<(Measure, i32), BTreeMap<u32, Sum>>,
}

impl Board {
    /// Of nobody yet.
    pub(crate) fn new(groups: Groups) -> Self {
        Self { groups, people: 0, sizes: BTreeMap::new(), sums: BTreeMap::new() }
    }

    /// Adds the values of a person.
    pub(crate) fn add(&mut self, person: PersonId, values: &Values) {
        let group = self.groups.of(person);
        self.people += 1;
        *self.sizes.entry(group).or_default() += 1;
        for (cell, value) in values {
            self.sums.entry(*cell).or_default().entry(group).or_default().add(*value);
        }
    }

    /// Whether a group is of so few people that no cell tells of it whether anybody has a value there.
    pub(super) fn is_few(&self, group: u32, least: usize) -> bool {
        self.sizes.get(&group).is_some_and(|size| (1..least).contains(&(*size as usize)))
    }

    /// How many people are in such groups.
    pub(super) fn in_few(&self, least: usize) -> usize {
        self.sizes.iter().filter(|(group, _)| self.is_few(**group, least)).map(|(_, size)| *size as usize).sum()
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
