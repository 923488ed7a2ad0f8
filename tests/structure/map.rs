//! ARCHITECTURE.md's map is the tree's: what it names is there, and what is there it names.

use std::collections::BTreeSet;
use std::path::Path;

use super::crates::members;
use super::modules::sources;
use super::repository;

/// Modules whose names say all.
const NOT_NAMED: [&str; 2] = ["error", "testing"];

/// The rows of the map: a folder, and the names in backticks that stand beside it.
fn rows(document: &str) -> Vec<(String, BTreeSet<String>)> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let named =
        |text: &str| text.split('`').skip(1).step_by(2).map(|name| name.trim_end_matches('/').to_owned()).collect();
    rows.map(|(folder, text)| (folder.to_owned(), named(text))).collect()
}

/// Whether a name is one of a file or folder: neither a type, nor a path of the API, nor a command.
fn is_place(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || matches!(letter, '_' | '-'))
}

/// Whether a name is a path from the repository on.
fn is_path(name: &str) -> bool {
    name.contains('/') && !name.starts_with('/') && !name.ends_with('/') && !name.contains([' ', ':'])
}

/// The names of files, without their endings, and of folders below a folder.
fn names_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder that reads").map(|entry| entry.expect("an entry").path()) {
        found.extend(entry.file_stem().map(|name| name.to_string_lossy().into_owned()));
        if entry.is_dir() && !entry.ends_with("target") {
            names_below(&entry, found);
        }
    }
}

#[test]
fn the_map_names_what_is_there_and_only_that() {
    let root = repository();
    let document = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let rows = rows(&document);
    let mut wrong = Vec::new();
    let top: Vec<String> = std::fs::read_dir(&root)
        .expect("reads")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into())
        .collect();
    for (folder, named) in &rows {
        let mut there = BTreeSet::new();
        if root.join(folder).is_dir() {
            names_below(&root.join(folder), &mut there);
        } else {
            wrong.push(format!("{folder} is no folder"));
        }
        let missing = named.iter().filter(|name| is_place(name) && !there.contains(*name) && !top.contains(name));
        wrong.extend(missing.map(|name| format!("{name} does not lie in {folder}")));
    }
    let paths = document.split('`').skip(1).step_by(2).filter(|name| is_path(name) && !root.join(name).exists());
    wrong.extend(paths.map(|path| format!("{path} is not there")));
    let root = root.canonicalize().expect("it is there");
    for member in members() {
        let folder = member.folder.strip_prefix(&root).expect("a crate of ours").display().to_string();
        let Some((_, named)) = rows.iter().find(|(row, _)| *row == folder) else {
            wrong.push(format!("{folder} has no row"));
            continue;
        };
        // Of the tests' own tools no map is needed.
        let lib = member.roots.iter().filter(|root| root.ends_with("src/lib.rs") && member.name != "attune-tests");
        let modules: BTreeSet<String> =
            lib.flat_map(|root| sources(root)).filter_map(|source| source.place.first().cloned()).collect();
        let unnamed = modules.iter().filter(|name| !named.contains(*name) && !NOT_NAMED.contains(&name.as_str()));
        wrong.extend(unnamed.map(|name| format!("the row of {folder} does not name {name}")));
    }
    assert!(wrong.is_empty(), "ARCHITECTURE.md: {wrong:#?}");
}

#[test]
fn names_of_the_map_are_read_from_its_rows() {
    let read = rows(
        "Words with `a`.\n\n| where | what |\n|---|---|\n| `agent` | `sensors/` (with `clip`), `POST /analyze` |\n",
    );
    let named = |name: &str| read[0].1.contains(name);
    assert!(read.len() == 1 && read[0].0 == "agent" && named("sensors") && named("clip") && !named("a"));
    assert!(is_path("agent/src/run.rs") && !is_path("/redoc") && !is_path("sensors/") && !is_path("POST /analyze"));
    assert!(
        is_place("left_out")
            && is_place("firmware-config")
            && !is_place("")
            && !is_place("POST /analyze")
            && !is_place("Analyzer")
    );
}
