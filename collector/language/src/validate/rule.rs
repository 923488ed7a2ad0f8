//! What an answer may not be.

/// Why an answer is not shown. The names stand in records and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rule {
    /// It speaks as if it were the person.
    Role,
    /// It says that it is a person, or somebody with an office.
    Persona,
    /// It names an illness as what somebody has.
    Diagnosis,
    /// It promises a secrecy that is not there.
    Confidential,
    /// It names figures that nobody gave it.
    Figures,
    /// It gives advice that can do harm.
    Unsafe,
    /// It plays down, blames or mocks.
    Unkind,
    /// It says that it did something, or what others will do.
    Deeds,
    /// It tells of another person.
    Others,
    /// It repeats what it was told, or what it thought.
    Instructions,
    /// It has markup, links or signs that nobody sees.
    Markup,
    /// It says the same again and again.
    Repeats,
    /// It is too long.
    Length,
    /// It is in another language.
    Language,
    /// It is about something else.
    Subject,
    /// There is nothing in it.
    Empty,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Role,
        Self::Persona,
        Self::Diagnosis,
        Self::Confidential,
        Self::Figures,
        Self::Unsafe,
        Self::Unkind,
        Self::Deeds,
        Self::Others,
        Self::Instructions,
        Self::Markup,
        Self::Repeats,
        Self::Length,
        Self::Language,
        Self::Subject,
        Self::Empty,
    ];

    /// How it is called in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Persona => "persona",
            Self::Diagnosis => "diagnosis",
            Self::Confidential => "confidential",
            Self::Figures => "figures",
            Self::Unsafe => "unsafe",
            Self::Unkind => "unkind",
            Self::Deeds => "deeds",
            Self::Others => "others",
            Self::Instructions => "instructions",
            Self::Markup => "markup",
            Self::Repeats => "repeats",
            Self::Length => "length",
            Self::Language => "language",
            Self::Subject => "subject",
            Self::Empty => "empty",
        }
    }

    /// The one that is called so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// What a model is told that broke it.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Role => "it spoke as if you were the person, with a job of your own",
            Self::Persona => "it said that you are a person or have a profession",
            Self::Diagnosis => "it named an illness as what somebody has",
            Self::Confidential => "it promised secrecy",
            Self::Figures => "it named a number that stands nowhere in what you were given",
            Self::Unsafe => "it gave advice that can do harm",
            Self::Unkind => "it was unkind or played down what the person feels",
            Self::Deeds => "it said that you did or will do something, or what others will decide",
            Self::Others => "it told of another person",
            Self::Instructions => "it spoke of how you were told to answer, or showed what you thought",
            Self::Markup => "it had markup, a link or odd signs in it",
            Self::Repeats => "it said the same several times",
            Self::Length => "it was too long",
            Self::Language => "it was not in English",
            Self::Subject => "it was not about what the person wrote",
            Self::Empty => "there was no answer in it",
        }
    }
}
