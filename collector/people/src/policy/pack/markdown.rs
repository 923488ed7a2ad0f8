//! The little of Markdown that the papers need.

/// How what only the organisation can say is marked.
const OPEN: &str = "To be filled in by the organisation";

/// A place for the organisation, in a line of its own.
pub(super) fn open(what: &str) -> String {
    format!("> **{OPEN}:** {what}\n\n")
}

/// The same within a line or a table.
pub(super) fn open_cell(what: &str) -> String {
    format!("**{OPEN}:** {what}")
}

/// How many places a text leaves to the organisation.
pub(super) fn count_open(text: &str) -> usize {
    text.matches(OPEN).count()
}

/// A table. A stroke within a cell would end it, and stands as its entity.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "&#124;")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut text = line(head.iter().map(|&cell| cell.to_owned()).collect());
    text += &format!("|{}\n", "---|".repeat(head.len()));
    text.extend(rows.into_iter().map(line));
    text + "\n"
}

/// A list.
pub(super) fn list(points: impl IntoIterator<Item = String>) -> String {
    points.into_iter().map(|point| format!("- {point}\n")).collect::<String>() + "\n"
}

/// With a large first letter.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
