//! States of a page or of a part of it, each in a look of its own.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::form::{ButtonLink, Form};
use crate::markup::Link;
use crate::words::{Words, count, words};

/// Why something stands there instead of what was asked for.
#[derive(Clone, Debug, Template)]
#[template(path = "state.html")]
#[expect(clippy::large_enum_variant, reason = "a page has one or two of them")]
pub enum State {
    /// Nothing is there yet.
    Empty {
        /// What will stand here.
        what: String,
        /// The one step that fills it.
        step: Option<ButtonLink>,
    },
    /// Not enough is there yet.
    TooLittle {
        /// How much there is, and how much is needed.
        has: u64,
        /// As above.
        needs: u64,
        /// What is counted, and since when.
        of: String,
    },
    /// It is there and not shown, on purpose.
    Withheld {
        /// The rule in words.
        rule: String,
    },
    /// The role that is on may not.
    Refused {
        /// Which roles may, in words.
        who_may: String,
        /// Whom to ask.
        ask: String,
    },
    /// It failed.
    Failed {
        /// What is kept all the same.
        kept: String,
        /// What to do.
        to_do: String,
        /// The id of the request, which the log has.
        id: String,
    },
    /// Nothing new came for a while.
    Stale {
        /// Since when, in words.
        since: String,
        /// From which device.
        device: String,
        /// Why, as far as known; may be empty.
        why: String,
    },
    /// Work that goes on.
    Work(Work),
}

impl HtmlSafe for State {}

/// Work that takes longer than an answer. It survives leaving the page, which loads itself anew meanwhile
/// ([`Frame::again`](crate::Frame::again)).
#[derive(Clone, Debug)]
pub struct Work {
    /// What is done: "Read the upload of March".
    pub what: String,
    /// How much is done.
    pub done: u64,
    /// How much there is; nothing where that is not known yet.
    pub all: Option<u64>,
    /// How fast it goes: "1,200 rows a second"; empty where not known.
    pub rate: String,
    /// How long it will take: "2 min left"; empty where not known.
    pub left: String,
    /// What stops it.
    pub stop: Option<Form>,
    /// Where one goes meanwhile, and where its outcome will stand.
    pub leave: Option<Link>,
}

impl Work {
    fn so_far(&self) -> String {
        let texts = &words().state;
        match self.all {
            Some(all) => texts.done_of.fill(&[("done", &count(self.done)), ("all", &count(all))]),
            None => texts.done.with("done", &count(self.done)),
        }
    }
}

impl State {
    /// How much there is of what is needed.
    fn has(has: &u64, needs: &u64, of: &str) -> String {
        words().figure.has.fill(&[("has", &count(*has)), ("needs", &count(*needs)), ("of", of)])
    }

    fn words() -> &'static Words {
        words()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Button, Weight};
    use crate::markup::Markup;
    use crate::testing::{everything_labelled, nothing_inline};

    const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&";

    fn states() -> [State; 7] {
        let text = || String::from(HOSTILE);
        [
            State::Empty { what: text(), step: Some(ButtonLink::new("/me/devices", HOSTILE, Weight::Primary)) },
            State::TooLittle { has: 3, needs: 10, of: text() },
            State::Withheld { rule: text() },
            State::Refused { who_may: text(), ask: text() },
            State::Failed { kept: text(), to_do: text(), id: text() },
            State::Stale { since: text(), device: text(), why: text() },
            State::Work(Work {
                what: text(),
                done: 1200,
                all: Some(12_480),
                rate: text(),
                left: text(),
                stop: Some(Form::post("stop", "/stop", HOSTILE).button(Button::quiet(HOSTILE))),
                leave: Some(Link::new("/hr", HOSTILE)),
            }),
        ]
    }

    #[test]
    fn hostile_text_stays_text_in_every_state() {
        for state in states() {
            let html = Markup::of(&state).into_string();
            assert!(!html.contains("<img") && html.contains("&#60;img"), "{html}");
            nothing_inline(&html);
            everything_labelled(&html);
        }
    }

    #[test]
    fn every_state_has_a_look_and_says_what_it_is() {
        let titles = [
            "Nothing here yet",
            "Too little",
            "Withheld",
            "Not for this role",
            "failed",
            "Nothing new",
            "1,200 of 12,480",
        ];
        for (state, title) in states().into_iter().zip(titles) {
            let html = Markup::of(&state).into_string();
            assert!(html.contains(title), "{title}: {html}");
        }
    }
}
