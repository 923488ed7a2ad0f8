//! Signs of crisis of whoever writes, now: found by rules over meaning, each clause by itself.
//!
//! | step | module |
//! |---|---|
//! | letters in one form, slips and disguises undone, torn words made whole | [`letters`], [`torn`] |
//! | words by number, sentences, clauses, whose doing it is | [`words`] |
//! | phrases as patterns over classes of words | [`pattern`], [`lexicon`], `phrases/` |
//! | patterns laid over the words | [`matching`] |
//! | concepts that are a sign together, in whatever words | [`meaning`] |
//! | what speaks against a sign: denial, quotation, another person, film, past, joke | [`guards`] |
//!
//! No word list decides alone: every sign names its subject, and every sign can be outweighed by what stands around it.

mod grammar;
mod guards;
mod letters;
mod lexicon;
mod matching;
mod meaning;
mod pattern;
mod torn;
mod words;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod unseen;

use pattern::Says;

/// How much somebody is in danger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Level {
    /// No sign.
    #[default]
    None,
    /// Worry, tiredness.
    Low,
    /// Strong lasting strain; still functioning.
    Moderate,
    /// Can't go on, no way out, worthless, self-harm without a wish to die.
    High,
    /// A wish to be dead, thoughts of ending one's life, preparing, a goodbye for good.
    Critical,
}

/// What was found in one message.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Crisis {
    /// How much.
    pub level: Level,
    /// By which signs: names of kinds, never words of the message. In the order of the message, each once.
    pub indicators: Vec<&'static str>,
}

/// What is looked at of a message; the rest stays unread.
const MOST_BYTES: usize = 64 * 1024;
/// From here the network's stress counts.
const STRESSED: f64 = 0.9;

/// What somebody says of himself who fears for another.
const SHAKEN: [&str; 6] = ["breaking", "cannot_go_on", "exhaustion", "worry", "tearful", "sleepless"];

impl Crisis {
    fn add(&mut self, level: Level, kind: &'static str) {
        self.level = self.level.max(level);
        if !self.indicators.contains(&kind) {
            self.indicators.push(kind);
        }
    }
}

/// The signs in a message. `stress`: how likely the network finds it that the writer is under stress; of its own it
/// speaks of [`Level::Low`], beside mild signs of [`Level::Moderate`], and never of more.
#[must_use]
pub fn look(text: &str, stress: Option<f64>) -> Crisis {
    let lexicon = lexicon::lexicon();
    let words = words::read(lexicon, &text[..text.floor_char_boundary(MOST_BYTES)]);
    let found = meaning::join(lexicon, &words, matching::find(lexicon, &words));
    let around = guards::Around::new(lexicon, &words, &found);
    let mut crisis = Crisis::default();
    let mut hints: Vec<&'static str> = Vec::new();
    for one in &found {
        let pattern = &lexicon.patterns[one.pattern];
        match pattern.says {
            Says::Sign(level, steady) => {
                let level = around.outweigh(one, level, steady);
                if level > Level::None {
                    crisis.add(level, pattern.kind);
                }
            }
            Says::Hint if around.outweigh(one, Level::High, false) > Level::None && !hints.contains(&pattern.kind) => {
                hints.push(pattern.kind);
            }
            _ => {}
        }
    }
    join_hints(&mut crisis, &hints);
    if around.another_is_meant() {
        if around.is("owned") {
            crisis.add(Level::Critical, "wish_to_die");
        } else if crisis.level < Level::High || crisis.indicators.iter().all(|kind| SHAKEN.contains(kind)) {
            let shaken = around.is("shaken") || crisis.level >= Level::Moderate;
            crisis.level = if shaken { Level::Moderate } else { Level::Low };
            crisis.add(crisis.level, "concern_for_another");
        }
    }
    if stress.is_some_and(|stress| stress >= STRESSED) {
        match crisis.level {
            Level::None => crisis.add(Level::Low, "stress"),
            Level::Low => crisis.add(Level::Moderate, "stress"),
            _ => {}
        }
    }
    crisis
}

/// Two different hints tell what neither does alone: "the rent is paid", "soon it won't concern me".
fn join_hints(crisis: &mut Crisis, hints: &[&'static str]) {
    let level = match hints {
        [] => return,
        [_, _, ..] => Level::Critical,
        [_] if crisis.level >= Level::High => Level::Critical,
        [_] if crisis.level >= Level::Moderate => Level::High,
        [_] => return,
    };
    for hint in hints {
        crisis.add(level, hint);
    }
}
