/// What a field takes.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A line of text.
    Text {
        /// Which text.
        kind: TextKind,
        /// What stands there.
        value: String,
    },
    /// Several lines of text.
    Lines {
        /// How many are seen.
        rows: u8,
        /// What stands there.
        value: String,
    },
    /// A password: nothing is ever kept.
    Password,
    /// One of a long list.
    Select {
        /// The list.
        choices: Vec<Choice>,
        /// The value that is chosen; empty for none.
        chosen: String,
    },
    /// One of a few, all of them seen, nothing chosen beforehand.
    Radios {
        /// The few.
        choices: Vec<Choice>,
        /// The value that is chosen; empty for none.
        chosen: String,
    },
    /// Any of a few.
    Checks {
        /// The few.
        choices: Vec<Choice>,
        /// The values that are chosen.
        chosen: Vec<String>,
    },
    /// Yes, or nothing; it is sent as `yes`.
    Check {
        /// Whether it is set.
        is_set: bool,
    },
    /// A file.
    File {
        /// Endings and content types that can be chosen: ".csv,text/csv".
        accept: String,
    },
}

/// Which text a line takes: what keyboard a telephone shows, and what a browser knows to fill in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TextKind {
    /// Any.
    Plain,
    /// A name to sign in by, a code or a key: nothing is corrected or begun with a capital.
    Name,
    /// An e-mail address.
    Email,
    /// Digits, such as a one-time code.
    Digits,
    /// A number.
    Number,
    /// A day.
    Date,
    /// A time of the day.
    Time,
    /// What is looked for.
    Search,
}

impl TextKind {
    pub(super) const fn input_type(self) -> &'static str {
        match self {
            // A browser's own box for numbers changes them with the wheel, and a code is no number.
            Self::Plain | Self::Name | Self::Digits | Self::Number => "text",
            Self::Email => "email",
            Self::Date => "date",
            Self::Time => "time",
            Self::Search => "search",
        }
    }

    pub(super) const fn input_mode(self) -> &'static str {
        match self {
            Self::Digits => "numeric",
            Self::Number => "decimal",
            _ => "",
        }
    }

    /// Whether it is left as it is typed.
    pub(super) const fn is_exact(self) -> bool {
        matches!(self, Self::Name | Self::Email | Self::Digits)
    }
}

/// One of the answers of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What else is to be known of it; may be empty.
    pub hint: String,
}

impl Choice {
    /// An answer.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: String::new() }
    }

    /// With what else is to be known of it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}
