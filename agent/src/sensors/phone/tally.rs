//! What became of what a phone sent: counted, and each kind told once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracing::warn;

/// Name of the file in the state folder in which a running agent counts what came.
pub const ACCOUNT: &str = "phone.json";

/// Why something that a phone sent was not taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Problem {
    /// A push with a wrong token, or none.
    Token,
    /// A push of more bytes than are read.
    TooLarge,
    /// A push that is packed.
    Packed,
    /// A push that does not read.
    NoPush,
    /// A push of a second phone.
    OtherPhone,
    /// An entry that does not read.
    Unread,
    /// An entry without a value that can be.
    NoValue,
    /// An entry with a time in another unit, or none that can be.
    FalseTime,
    /// A reading of the future.
    Ahead,
    /// A reading that came too late.
    Late,
    /// A reading that was sent before.
    Twice,
    /// Acceleration without the gravity that belongs to it.
    WithoutGravity,
    /// Accelerations in a unit that their length does not tell.
    UnknownUnit,
    /// Motion of the watch beside that of the phone, or the other way round.
    OtherWorn,
    /// Readings of a time at which nothing was sensed.
    Paused,
    /// More readings than wait at a time.
    TooMany,
}

impl Problem {
    /// Its name, as in the account of what was left out.
    fn name(self) -> &'static str {
        match self {
            Self::Token => "pushes with a wrong token",
            Self::TooLarge => "pushes that are too large",
            Self::Packed => "pushes that are packed",
            Self::NoPush => "pushes that do not read",
            Self::OtherPhone => "pushes of a second phone",
            Self::Unread => "readings that do not read",
            Self::NoValue => "readings without a value that can be",
            Self::FalseTime => "readings with a wrong time",
            Self::Ahead => "readings of the future",
            Self::Late => "readings that came too late",
            Self::Twice => "readings that were sent twice",
            Self::WithoutGravity => "accelerations without gravity",
            Self::UnknownUnit => "accelerations in an unknown unit",
            Self::OtherWorn => "motion of the other device",
            Self::Paused => "readings while nothing was sensed",
            Self::TooMany => "readings beyond what can wait",
        }
    }

    /// What a person reads when it happens for the first time, with what to do about it.
    fn sentence(self) -> &'static str {
        match self {
            Self::Token => {
                "a push came with a wrong token, or none: give the app what 'attune-agent phone setup' prints"
            }
            Self::TooLarge => "a push is too large, and was not read: choose a shorter batch period in the app",
            Self::Packed => "a push is packed (Content-Encoding), which is not read: send it as it is",
            Self::NoPush => "a push does not read as one of the app's",
            Self::OtherPhone => "a second phone pushes: what it sends is not taken, so that two are not mixed into one",
            Self::Unread => "entries of a push do not read: they are left out, the others are taken",
            Self::NoValue => "entries of a push have no value that can be: they are left out",
            Self::FalseTime => "entries of a push have times that are no nanoseconds since 1970: they are left out",
            Self::Ahead => {
                "the phone's clock is ahead: what it says of the future is left out; set its time automatically"
            }
            Self::Late => {
                "readings are older than may still come: the phone was out of reach for long, or its clock was changed"
            }
            Self::Twice => "the phone sends readings again: they count once",
            Self::WithoutGravity => {
                "the phone sends acceleration without gravity, which says nothing alone: switch on 'Gravity' in the app, too"
            }
            Self::UnknownUnit => "accelerations are in no unit that can be told: they are left out",
            Self::OtherWorn => {
                "phone and watch both send motion: that of one is taken, so that two are not mixed into one"
            }
            Self::Paused => "the phone sends what is not sensed now: it is dropped as it comes",
            Self::TooMany => {
                "the phone sends more than can wait: what is beyond is dropped; choose a lower rate in the app"
            }
        }
    }
}

/// Counts of what a phone sent. Nothing that it said is in it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Tally {
    /// When the last push came, Unix milliseconds.
    pub last_push_millis: Option<i64>,
    /// Pushes that were read.
    pub pushes: u64,
    /// Readings of motion that were taken.
    pub motion: u64,
    /// Heart rates that were taken.
    pub heart: u64,
    /// Steps that the phone counted meanwhile. They are shown here only.
    pub steps: u64,
    /// What was left out, by what is wrong with it.
    pub left_out: BTreeMap<String, u64>,
    /// Entries of sensors that are not read, by sensor.
    pub not_read: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn count(&mut self, problem: Problem, how_many: u64) {
        if how_many == 0 {
            return;
        }
        let counted = self.left_out.entry(problem.name().to_owned()).or_default();
        if *counted == 0 {
            warn!(so_far = how_many, "{}", problem.sentence());
        }
        *counted = counted.saturating_add(how_many);
    }

    pub(super) fn count_not_read(&mut self, sensor: &'static str) {
        let counted = self.not_read.entry(sensor.to_owned()).or_default();
        if *counted == 0 {
            warn!(sensor, "the phone sends what is not read here, and what is dropped: switch it off in the app");
        }
        *counted = counted.saturating_add(1);
    }

    /// How often something was left out for this reason.
    pub(super) fn of(&self, problem: Problem) -> u64 {
        self.left_out.get(problem.name()).copied().unwrap_or_default()
    }
}
