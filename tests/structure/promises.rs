//! The tests that SECURITY.md names are there.

use std::path::Path;

/// The names of tests in a document: what stands in backticks and reads as a sentence in snake case, without its module.
fn named(document: &str) -> Vec<&str> {
    let quoted = document.split('`').skip(1).step_by(2);
    let names = quoted.map(|name| name.rsplit("::").next().unwrap_or(name));
    names.filter(|name| name.matches('_').count() >= 3).collect()
}

fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path()) {
        let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if entry.is_dir() && !hidden && !entry.ends_with("target") {
            sources(&entry, all);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(&entry).expect("a source that reads"));
        }
    }
}

#[test]
fn every_test_that_the_table_of_attackers_names_is_there() {
    let root = crate::repository();
    let document = std::fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md");
    let names = named(&document);
    assert!(names.len() >= 30, "the table names {} tests", names.len());
    let mut all = String::new();
    for folder in ["agent", "collector", "shared", "tests"] {
        sources(&root.join(folder), &mut all);
    }
    let missing: Vec<_> = names.iter().filter(|name| !all.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "SECURITY.md names tests that are not there: {missing:#?}");
}
