//! Names and personal details out of what goes to a model, and back into what comes.
//!
//! Everything of one prompt is looked at as one text, so that the same person has the same placeholder throughout, and a name that is
//! told in one turn is known in the next. What the organisation knows (the person's own name and their colleagues') goes out by its list
//! (`known`), all else by the scanners of `attune_analysis::text::personal`. What a text has of placeholders by itself (`mark`) is made
//! harmless first: nobody has a name put in by writing one.
//!
//! An answer is read, and judged, with its placeholders in; names are put back into whole sentences only, so that none is cut, however
//! the stream was. What stood where lies in memory for that one answer and nowhere else.

mod known;
mod mark;

use std::collections::HashMap;

use attune_analysis::text::personal;

use known::Known;

/// Between the texts of one prompt; no text has it.
const BETWEEN: char = '\u{1e}';

/// Texts without names, and the way back.
#[derive(Debug)]
pub(crate) struct Hidden {
    /// The texts, in order.
    pub(crate) texts: Vec<String>,
    /// How many places were replaced.
    pub(crate) details: u32,
    /// The way back.
    pub(crate) back: Back,
}

/// Takes names and personal details out of texts. None where it is not sure which text is which any more: then nothing may leave.
pub(crate) fn hide(texts: &[&str], known: &[&str]) -> Option<Hidden> {
    let mut taken = HashMap::new();
    let mut details = 0;
    let known = Known::of(known);
    let mut replaced = Vec::with_capacity(texts.len());
    for text in texts {
        replaced.push(known.replace(&plain(text), |mark, was| {
            details += 1;
            taken.entry(mark.to_owned()).or_insert_with(|| was.to_owned());
        }));
    }
    let joined = replaced.join(&format!("\n\n{BETWEEN}\n\n"));
    let (scrubbed, found) = personal::scrub_telling(&joined);
    details += scrubbed.replaced.iter().map(|(_, count)| count).sum::<u32>();
    for (mark, was) in found {
        // What was beside an earlier placeholder may hold it.
        let was = mark::replace(&was, |mark| taken.get(&mark.name).cloned().unwrap_or_default());
        taken.insert(mark, was);
    }
    let parts: Vec<String> = scrubbed.text.split(BETWEEN).map(|part| part.trim_matches('\n').to_owned()).collect();
    (parts.len() == texts.len().max(1)).then_some(Hidden { texts: parts, details, back: Back(taken) })
}

/// A text whose signs are only what they look like: no placeholder, and nothing that parts texts.
fn plain(text: &str) -> String {
    let text = text.replace(BETWEEN, " ");
    mark::replace(&text, |mark| mark.name.replace('[', "(").replace(']', ")").replace('_', " "))
}

/// What stood in the place of each placeholder.
#[derive(Clone, Default)]
pub(crate) struct Back(HashMap<String, String>);

impl std::fmt::Debug for Back {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Back({} names)", self.0.len())
    }
}

impl Back {
    /// A text with what stood in the place of its placeholders; a word instead of one that nobody knows.
    pub(crate) fn put(&self, text: &str) -> String {
        mark::replace(text, |mark| self.0.get(&mark.name).cloned().unwrap_or_else(|| "someone".to_owned()))
    }

    /// Whether a text has a placeholder that stands for nothing.
    pub(crate) fn has_strangers(&self, text: &str) -> bool {
        let mut strange = false;
        mark::replace(text, |mark| {
            strange |= !self.0.contains_key(&mark.name);
            String::new()
        });
        strange
    }
}

#[cfg(test)]
mod tests;
