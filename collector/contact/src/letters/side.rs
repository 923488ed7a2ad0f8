/// Which side writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    /// The person.
    Person,
    /// HR.
    Hr,
}

impl Side {
    /// The one that it writes to.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Person => Self::Hr,
            Self::Hr => Self::Person,
        }
    }

    /// As it stands in the database.
    pub(super) const fn by_hr(self) -> i64 {
        match self {
            Self::Person => 0,
            Self::Hr => 1,
        }
    }

    /// As it stands in the database.
    pub(super) const fn of(by_hr: i64) -> Self {
        if by_hr == 1 { Self::Hr } else { Self::Person }
    }
}
