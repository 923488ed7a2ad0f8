//! In which way somebody answers: the seven kinds of answer that the bank has words for.

use crate::named::named;

named! {
    /// What an answer sounds like. It chooses words, is no finding about anybody, and is shown to nobody.
    pub enum Tone {
        /// Worn out by it.
        Weary = "weary",
        /// Angry about it.
        Angry = "angry",
        /// Afraid of what may come.
        Worried = "worried",
        /// No longer expects anything.
        Resigned = "resigned",
        /// Would rather not say.
        Guarded = "guarded",
        /// Sees a way.
        Hopeful = "hopeful",
        /// At ease with it.
        Content = "content",
    }
}
