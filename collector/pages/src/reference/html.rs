/// Text that can stand in HTML, in an attribute too.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Doc comments as HTML: `code` is the one thing of Markdown that they use within a line; an empty line parts paragraphs.
pub(super) fn prose(text: &str) -> String {
    let mut made = String::new();
    for (i, part) in escape(text).split('`').enumerate() {
        if i > 0 {
            made.push_str(if i % 2 == 1 { "<code>" } else { "</code>" });
        }
        made.push_str(part);
    }
    if made.matches("<code>").count() > made.matches("</code>").count() {
        made.push_str("</code>");
    }
    made.replace("\n\n", "<br><br>")
}

/// A name that can stand in an address after `#`.
pub(super) fn anchor(text: &str) -> String {
    text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}
