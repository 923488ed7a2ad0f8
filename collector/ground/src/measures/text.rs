//! What is measured of messages, each by the scores of one message.

use attune_protocol::policy::Data;

use super::{Better, Measure};

const TEXT: &[Data] = &[Data::Text];

/// From minus to plus one: the score of one of two labels as it is, that of the other with a minus.
const SIGNED: (f64, f64) = (-1.0, 1.0);

/// Minutes of a day.
const DAY: f64 = 1440.0;

const fn of_text(number: u16, name: &'static str, title: &'static str, of: Of) -> Measure {
    let Of { unit, range, better, formula, source } = of;
    Measure { number, name, title, unit, range, better, made_of: TEXT, formula, source }
}

/// What measures of one sort have in common.
#[derive(Clone, Copy)]
struct Of {
    unit: &'static str,
    range: (f64, f64),
    better: Better,
    formula: &'static str,
    source: &'static str,
}

/// How positive messages are.
pub(super) const fn sentiment(number: u16, name: &'static str, title: &'static str) -> Measure {
    let of = Of {
        unit: "",
        range: SIGNED,
        better: Better::More,
        formula: "sum of the scores of positive messages less that of negative ones, over the number of all",
        source: "MindPulse: sentiment_weighted_avg",
    };
    of_text(number, name, title, of)
}

/// How much stress messages show.
pub(super) const fn stress(number: u16, name: &'static str, title: &'static str) -> Measure {
    let of = Of {
        unit: "",
        range: SIGNED,
        better: Better::Less,
        formula: "sum of the scores of messages that show stress less that of those that show none, over the number of all",
        source: "MindPulse: stress_weighted_avg",
    };
    of_text(number, name, title, of)
}

/// How strong an emotion is.
pub(super) const fn emotion(number: u16, name: &'static str, title: &'static str) -> Measure {
    let of = Of {
        unit: "",
        range: (0.0, 1.0),
        better: Better::Neither,
        formula: "mean score of the messages whose emotion it is; in figures of teams 0 of who wrote messages and none with it",
        source: "MindPulse: emotion averages",
    };
    of_text(number, name, title, of)
}

/// How much is written when nobody has to work.
pub(super) const fn outside_hours(number: u16, name: &'static str, title: &'static str) -> Measure {
    let of = Of {
        unit: "",
        range: (0.0, 1.0),
        better: Better::Less,
        formula: "share of the messages that were not written from Monday to Friday between 8 and 18 o'clock, by the person's own clock",
        source: "ours",
    };
    of_text(number, name, title, of)
}

/// How fast somebody answers.
pub(super) const fn reply(number: u16, name: &'static str, title: &'static str) -> Measure {
    let of = Of {
        unit: "min",
        range: (0.0, DAY),
        better: Better::Neither,
        formula: "mean time in minutes from a message to the person's own answer to it, where both are known; four hours where it took longer",
        source: "ours",
    };
    of_text(number, name, title, of)
}
