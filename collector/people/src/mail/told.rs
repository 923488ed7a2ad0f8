use super::Kind;

/// What somebody is mailed of reminders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// To whom it is about: that one went unanswered.
    Missed,
    /// The same, and that HR is told where the next one does, too.
    Last,
    /// To HR: that something waits.
    Unanswered,
}

impl Told {
    /// The mail that it is.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Missed => Kind::Missed,
            Self::Last => Kind::Last,
            Self::Unanswered => Kind::Unanswered,
        }
    }
}
