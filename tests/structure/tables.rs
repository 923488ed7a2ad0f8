//! A table is read and written by the subject whose migrations make it, and by no other.

use std::collections::BTreeMap;
use std::path::Path;

use super::crates::members;
use super::modules::sources;
use super::source::said;

/// Before the name of a table that is read or written.
const BEFORE: [&str; 5] = ["FROM", "INTO", "JOIN", "TABLE", "UPDATE"];

/// The names of tables that stand in statements, in small letters.
fn tables_in(statements: &str) -> Vec<String> {
    let words: Vec<&str> = statements
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let named = words.windows(2).filter(|two| BEFORE.contains(&two[0]));
    named.map(|two| two[1].to_lowercase()).collect()
}

/// The tables that each crate's migrations make, by name.
fn owners() -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for member in members() {
        for statements in migrations(&member.folder) {
            let words: Vec<&str> = statements.split_whitespace().collect();
            for three in words.windows(3).filter(|three| three[..2] == ["CREATE", "TABLE"]) {
                owners.insert(three[2].to_owned(), member.name.clone());
            }
        }
    }
    owners
}

fn migrations(folder: &Path) -> Vec<String> {
    let folders =
        ["sqlite", "postgres", "keys/sqlite", "keys/postgres"].map(|database| folder.join("migrations").join(database));
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    files.map(|file| std::fs::read_to_string(file.expect("an entry").path()).expect("statements that read")).collect()
}

#[test]
fn no_subject_reads_or_writes_a_table_of_another() {
    let owners = owners();
    assert!(owners.len() > 20, "{owners:?}");
    let mut read = 0;
    for member in members().into_iter().filter(|member| member.name != "attune-tests") {
        for source in member.roots.iter().flat_map(|root| sources(root)) {
            for table in source.tokens.iter().filter_map(|token| said(token)).flat_map(tables_in) {
                let Some(owner) = owners.get(&table) else { continue };
                read += 1;
                let file = source.file.display();
                assert_eq!(*owner, member.name, "{file} names the table {table}, which is another subject's");
            }
        }
    }
    assert!(read > 100, "{read} names of tables were found");
}

/// To what the record of processing leads: what is kept in which table, and until when.
#[test]
fn each_table_of_what_is_known_of_people_stands_in_the_list_of_what_is_kept_for_how_long() {
    let kept = std::fs::read_to_string(super::repository().join("collector/ground/README.md")).expect("a list");
    // One with a number is made while another is written anew, and takes its name; one of some months is a part of another.
    let is_name = |table: &str| table.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    let is_other = |table: &str| !is_name(table) || table.starts_with("records_");
    let tables: Vec<String> = owners()
        .into_iter()
        .filter(|(table, owner)| {
            [
                "attune-sensing",
                "attune-wellbeing",
                "attune-messages",
                "attune-hr",
                "attune-contact",
                "attune-reporting",
                "attune-talks",
            ]
            .contains(&owner.as_str())
                && !is_other(table)
        })
        .map(|(table, _)| table)
        .collect();
    assert!(tables.len() > 12, "{tables:?}");
    for table in tables {
        assert!(
            kept.contains(&format!("`{table}`")),
            "collector/ground/README.md does not say how long {table} is kept"
        );
    }
}

#[test]
fn tables_are_found_in_statements() {
    let found =
        tables_in("SELECT a FROM one x JOIN two ON TRUE; INSERT INTO three (b) VALUES ($1); UPDATE four SET c = 1");
    assert_eq!(found, ["one", "two", "three", "four"]);
    assert_eq!(tables_in("DELETE FROM five WHERE from_here = 1 -- taken from six"), ["five"]);
}
