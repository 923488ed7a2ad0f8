//! Rich text in blocks, where a message has no other.

use serde_json::Value;

use super::super::json::{list, text};
use super::super::marks::{Channels, emoji_named};
use super::super::time;

/// The words of all blocks.
pub(super) fn words(blocks: &[Value], channel: Channels<'_>) -> String {
    let mut whole = String::new();
    for block in blocks.iter().filter(|block| text(block, "type") == Some("rich_text")) {
        for part in list(block, "elements") {
            element(&mut whole, part, channel);
            whole.push('\n');
        }
    }
    whole.trim().to_owned()
}

fn element(whole: &mut String, part: &Value, channel: Channels<'_>) {
    match text(part, "type").unwrap_or_default() {
        "text" | "link" => *whole += text(part, "text").unwrap_or_default(),
        "emoji" => *whole += &sign(part).unwrap_or_default(),
        "channel" => {
            if let Some(name) = text(part, "channel_id").and_then(channel) {
                whole.push('#');
                *whole += &name;
            }
        }
        "date" => {
            let day = || time::day(part.get("timestamp")?.as_i64()?.checked_mul(1000)?);
            *whole += &text(part, "fallback").map(str::to_owned).or_else(day).unwrap_or_default();
        }
        // Of others, or no words.
        "rich_text_quote" | "rich_text_preformatted" | "user" | "usergroup" | "broadcast" | "team" | "color" => {}
        "rich_text_list" => {
            for item in list(part, "elements") {
                element(whole, item, channel);
                whole.push('\n');
            }
        }
        // A section; and what there may be besides: what it holds.
        _ => list(part, "elements").iter().for_each(|inner| element(whole, inner, channel)),
    }
}

/// The sign of an emoji: its letters are given beside its name; an own one has none.
fn sign(part: &Value) -> Option<String> {
    match text(part, "unicode") {
        Some(letters) => {
            letters.split('-').map(|letter| char::from_u32(u32::from_str_radix(letter, 16).ok()?)).collect()
        }
        None => emoji_named(text(part, "name")?),
    }
}
