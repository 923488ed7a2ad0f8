//! What the six tables are called: here, in Elara's forms, and in the database.

use crate::rows::Table;

impl Table {
    /// Its number in the database, only appended.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The one of a number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|place| Self::ALL.get(place)).copied()
    }

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Leave => "leave",
            Self::Onboarding => "onboarding",
            Self::Performance => "performance",
            Self::Rewards => "rewards",
            Self::Vibe => "vibe",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The part of a form in which Elara's and OpenSoft's clients send it.
    #[must_use]
    pub const fn part(self) -> &'static str {
        match self {
            Self::Activity => "activity_file",
            Self::Leave => "leave_file",
            Self::Onboarding => "onboarding_file",
            Self::Performance => "performance_file",
            Self::Rewards => "rewards_file",
            Self::Vibe => "vibemeter_file",
        }
    }
}

/// The names of all tables, for who named none of them.
pub(crate) fn names() -> String {
    Table::ALL.map(Table::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_known_by_its_name_and_by_its_number() {
        for (place, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!((Table::of_name(table.name()), usize::try_from(table.number())), (Some(table), Ok(place)));
            assert_eq!(Table::of_number(table.number()), Some(table));
        }
        assert_eq!((Table::of_name("salaries"), Table::of_number(-1), Table::of_number(6)), (None, None, None));
    }
}
