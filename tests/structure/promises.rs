//! The tests that SECURITY.md names are there, each in the room that it names.

use std::path::{Path, PathBuf};

/// Rooms as the document calls them, and their folders.
const ROOMS: [(&str, &str); 14] = [
    ("e2e", "tests/e2e"),
    ("agent", "agent"),
    ("ground", "collector/ground"),
    ("people", "collector/people"),
    ("wellbeing", "collector/wellbeing"),
    ("messages", "collector/messages"),
    ("language", "collector/language"),
    ("hr", "collector/hr"),
    ("contact", "collector/contact"),
    ("talks", "collector/talks"),
    ("reporting", "collector/reporting"),
    ("sensing", "collector/sensing"),
    ("gate", "collector/sensing/src/broker/gate"),
    ("protocol", "shared/protocol"),
];

/// The names of tests in a document, each with the folder of its room: what stands in backticks and reads as a sentence in snake
/// case. A room holds for all names behind it up to the next.
fn named(document: &str) -> Vec<(&'static str, &str)> {
    let (mut folder, mut names) = ("", Vec::new());
    for (place, part) in document.split('`').enumerate() {
        let word = part.split_whitespace().last().unwrap_or_default();
        match ROOMS.iter().find(|(room, _)| *room == word) {
            Some((_, of)) if place % 2 == 0 => folder = of,
            _ if place % 2 == 1 && part.matches('_').count() >= 3 => names.push((folder, part)),
            _ => {}
        }
    }
    names
}

fn sources(folder: &Path, all: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path()) {
        let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if entry.is_dir() && !hidden && !entry.ends_with("target") {
            sources(&entry, all);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&entry).expect("a source that reads");
            all.push((entry, text));
        }
    }
}

/// Whether one of the sources below a folder has a test of that name, `module::name` or without its module.
fn is_there(root: &Path, all: &[(PathBuf, String)], folder: &str, named: &str) -> bool {
    let (module, name) = named.rsplit_once("::").unwrap_or(("", named));
    let of_module = |path: &Path| module.is_empty() || path.with_extension("").iter().any(|part| part == module);
    let begin = format!("fn {name}(");
    all.iter().any(|(path, text)| path.starts_with(root.join(folder)) && of_module(path) && text.contains(&begin))
}

#[test]
fn every_test_that_the_table_of_attackers_names_is_there() {
    let root = crate::repository();
    let document = std::fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md");
    let names = named(&document);
    assert!(names.len() >= 30, "the table names {} tests", names.len());
    let mut all = Vec::new();
    for folder in ["agent", "collector", "shared", "tests"] {
        sources(&root.join(folder), &mut all);
    }
    let missing: Vec<_> = names.iter().filter(|(folder, name)| !is_there(&root, &all, folder, name)).collect();
    assert!(missing.is_empty(), "SECURITY.md names tests that are not there: {missing:#?}");
}
