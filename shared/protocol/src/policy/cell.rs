//! What the matrix is over: who gets something, what for, and of which kind it is; and what may come of it.

use serde::Serialize;

use crate::registry::Category;

/// Writes an enum of which every variant has a name for machines and words for people.
macro_rules! named {
    ($(#[$meta:meta])* $type:ident: $($(#[doc = $doc:literal])* $variant:ident = $name:literal, $words:literal;)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $type {
            $($(#[doc = $doc])* $variant,)*
        }

        impl $type {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name on the command line and in JSON, kebab case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it is, in words for people who read no code.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)*
                }
            }
        }
    };
}

named! {
    /// Who gets something of a person.
    Audience:
    /// The person whom it is about.
    Person = "person", "the person themselves";
    /// Somebody whom the person chose.
    Supporter = "supporter", "somebody whom the person chose";
    /// Who leads a team that the person is in.
    Manager = "manager", "their manager";
    /// The personnel department.
    Hr = "hr", "the personnel department (HR)";
    /// Who looks after privacy.
    PrivacyOfficer = "privacy-officer", "the privacy officer";
    /// Who runs the system.
    Administrator = "administrator", "the administrator";
    /// The organisation's collector, where things are kept.
    Store = "store", "the organisation's collector, as the place where it is kept";
    /// A program with a token of its own.
    Service = "service", "another program of the organisation";
    /// A language model that somebody else runs.
    LanguageModel = "language-model", "a language model outside the organisation";
}

named! {
    /// What something is used for. What a person is asked to agree to is [`crate::consent::Purpose`].
    Purpose:
    /// The person's own view.
    OwnView = "own-view", "the person's own view";
    /// How teams are.
    Wellbeing = "wellbeing", "the wellbeing of teams";
    /// What people say of themselves.
    SelfReport = "self-report", "what people say of themselves";
    /// How much work there is.
    Workload = "workload", "the workload of teams";
    /// Help for somebody in distress.
    Safety = "safety", "help in a crisis";
    /// That the system runs.
    Operation = "operation", "running the system";
    /// Studies.
    Research = "research", "research";
    /// What people ask for by right.
    Requests = "requests", "what people ask for by right";
    /// The answer to who sends something to have it analysed.
    Analysis = "analysis", "analysis on request";
    /// What the personnel department does with its own tables.
    Personnel = "personnel", "the work of the personnel department";
}

named! {
    /// What may come of it. Each goes further than the one before and asks for all that it does, so the later of two is the
    /// stricter.
    Decision:
    /// Without consent: it rests on something else.
    Allowed = "allowed", "no consent is needed";
    /// Of those who agreed to it, as long as they do.
    OnlyWithConsent = "only-with-consent", "if the person agreed, for as long as they do";
    /// In figures of a large enough group, of those who agreed to it.
    OnlyAboveK = "only-above-k", "only in figures of a group, of those who agreed";
    /// On the person's own device, if they agreed to it.
    OnlyLocally = "only-locally", "only on the person's own device, if they agreed";
    /// Not at all.
    Forbidden = "forbidden", "never";
}

impl Decision {
    /// The stricter of two.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether anything goes to the audience off the person's own device.
    #[must_use]
    pub const fn leaves_the_device(self) -> bool {
        matches!(self, Self::Allowed | Self::OnlyWithConsent | Self::OnlyAboveK)
    }
}

/// What something is: the registry's categories of what is derived, and what stands beside them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Data {
    /// Pictures, sound, motion and heartbeats as they were captured.
    Raw,
    /// Numbers of a category that are derived from them or said by the person, and scores that are read from such numbers.
    Derived(Category),
    /// The text of messages and talks that come to the collector, and what is read from it there.
    Text,
    /// Who somebody is: names, sign-in, teams, devices.
    Accounts,
    /// What the tables say that the personnel department gave.
    HrTables,
    /// What of one person is unusual in those tables.
    HrFlags,
    /// That reminders which a person chose went unanswered, and nothing else of them.
    Unanswered,
}

impl Data {
    /// Every one.
    pub const ALL: [Self; 14] = [
        Self::Derived(Category::Technical),
        Self::Derived(Category::Activity),
        Self::Derived(Category::SelfReport),
        Self::Derived(Category::Physiology),
        Self::Derived(Category::FaceGeometry),
        Self::Derived(Category::VoiceAcoustics),
        Self::Derived(Category::Affect),
        Self::Derived(Category::Text),
        Self::Raw,
        Self::Text,
        Self::Accounts,
        Self::HrTables,
        Self::HrFlags,
        Self::Unanswered,
    ];

    /// Its name on the command line and in JSON, kebab case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Derived(Category::Technical) => "technical",
            Self::Derived(Category::Activity) => "activity",
            Self::Derived(Category::FaceGeometry) => "face-geometry",
            Self::Derived(Category::VoiceAcoustics) => "voice-acoustics",
            Self::Derived(Category::Affect) => "affect",
            Self::Derived(Category::Physiology) => "physiology",
            Self::Derived(Category::SelfReport) => "self-report",
            Self::Derived(Category::Text) => "read-from-text",
            Self::Text => "text",
            Self::Accounts => "accounts",
            Self::HrTables => "hr-tables",
            Self::HrFlags => "hr-flags",
            Self::Unanswered => "unanswered",
        }
    }

    /// What it is, in words for people who read no code.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Raw => "pictures, sound, motion and heartbeats as captured",
            Self::Derived(Category::Technical) => "how well sensors saw (coverage, light, noise, contact)",
            Self::Derived(Category::Activity) => "presence and movement",
            Self::Derived(Category::FaceGeometry) => "where head and eyes are",
            Self::Derived(Category::VoiceAcoustics) => "how the voice sounds",
            Self::Derived(Category::Affect) => "emotion read from face or voice",
            Self::Derived(Category::Physiology) => "heart and fatigue",
            Self::Derived(Category::SelfReport) => "what the person says of themselves",
            Self::Derived(Category::Text) => "numbers read, on a device, from what the person writes",
            Self::Text => "text of messages and talks, and what is read from it",
            Self::Accounts => "names, sign-in, teams and devices",
            Self::HrTables => "tables of the personnel department",
            Self::HrFlags => "what is unusual of one person in those tables",
            Self::Unanswered => "that reminders which a person chose went unanswered",
        }
    }
}

impl Serialize for Data {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
