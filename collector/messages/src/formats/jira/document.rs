//! Atlassian's documents: nodes in nodes. Of a node that is new to this reader the text inside it stays.

use serde_json::Value;

use super::super::json::{id, list, text};
use super::super::marks::{emoji_named, is_bare, without_links};
use super::super::time;

/// The words of a document, and whether there is a picture in it.
pub(super) fn words(document: &Value) -> (String, bool) {
    let (mut whole, mut has_picture) = (String::new(), false);
    node(&mut whole, document, &mut has_picture);
    (without_links(&whole), has_picture)
}

fn node(whole: &mut String, node: &Value, has_picture: &mut bool) {
    let attrs = node.get("attrs").unwrap_or(&Value::Null);
    match text(node, "type").unwrap_or_default() {
        "text" => {
            let said = text(node, "text").unwrap_or_default();
            let link = list(node, "marks").iter().find(|mark| text(mark, "type") == Some("link"));
            let target = link.and_then(|link| text(link.get("attrs")?, "href"));
            if !target.is_some_and(|target| is_bare(target, said)) {
                *whole += said;
            }
        }
        "hardBreak" => whole.push('\n'),
        "emoji" => *whole += &sign(attrs).unwrap_or_default(),
        "status" => *whole += text(attrs, "text").unwrap_or_default(),
        "date" => *whole += &day(attrs).unwrap_or_default(),
        "media" | "mediaSingle" | "mediaGroup" | "mediaInline" => *has_picture = true,
        // Of others, or no words.
        "mention" | "inlineCard" | "blockCard" | "embedCard" | "blockquote" | "codeBlock" => {}
        _ => {
            if let Some(title) = text(attrs, "title") {
                *whole += title;
                whole.push('\n');
            }
            list(node, "content").iter().for_each(|inner| self::node(whole, inner, has_picture));
            whole.push('\n');
        }
    }
}

/// The sign of an emoji; an organisation's own has a name only.
fn sign(attrs: &Value) -> Option<String> {
    let sign = text(attrs, "text").filter(|sign| !sign.starts_with(':')).map(str::to_owned);
    sign.or_else(|| emoji_named(text(attrs, "shortName")?.trim_matches(':')))
}

/// Milliseconds, as a text.
fn day(attrs: &Value) -> Option<String> {
    time::day(id(attrs, "timestamp")?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_stand_in_attributes_and_in_what_is_new() {
        let document = json!({"type": "doc", "content": [
            {"type": "new", "content": [{"type": "paragraph", "content": [
                {"type": "text", "text": "in it "},
                {"type": "emoji", "attrs": {"shortName": ":sob:"}},
                {"type": "emoji", "attrs": {"shortName": ":ours:", "text": ":ours:"}},
                {"type": "text", "text": "https://example.org"},
            ]}]},
            {"type": "expand", "attrs": {"title": "more"}, "content": [{"type": "text", "text": "of it"}]},
            {"type": "blockquote", "content": [{"type": "text", "text": "theirs"}]},
        ]});
        let (words, has_picture) = words(&document);
        assert_eq!(words.split_whitespace().collect::<Vec<_>>(), ["in", "it", "\u{1f62d}", "more", "of", "it"]);
        assert!(!has_picture);
    }
}
