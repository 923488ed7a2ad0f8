//! Marks of chat programs to words: marks out, words in, what others said and code out.
//!
//! | | |
//! |---|---|
//! | people, groups, all | out |
//! | a channel | `#name`, where its name is known |
//! | a link | its label; without one it is out |
//! | a block of code | out; words in code within a line stay |
//! | a quote | out |
//! | an emoji | its sign, from its short name, too; one of the organisation's own is out |
//! | lines, cells, items of lists | stay apart |
//!
//! The time it takes grows with the length of a text, whatever stands in it.

mod emoji;
mod letters;
mod links;
mod markdown;
mod slack;
mod wiki;

pub(super) use emoji::named as emoji_named;
pub(super) use letters::Channels;
pub(super) use links::{is_bare, without as without_links};
pub(super) use markdown::{Flavour, Markdown};
pub(super) use slack::words as mrkdwn;
pub(super) use wiki::words as wiki_words;
