//! What is fuzzed for minutes by `tests/fuzz` is what every change is tried with: the programs, their seeds, the functions and the
//! short form have the same names.

use std::collections::BTreeSet;
use std::path::Path;

use super::crates::members;
use super::repository;

type Names = BTreeSet<String>;

/// The names of what lies in a folder, without endings.
fn lie_in(folder: &Path) -> Names {
    let entries = std::fs::read_dir(folder).expect("a folder that reads").map(|entry| entry.expect("an entry").path());
    entries.map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned()).collect()
}

/// The word behind each of the places where a text has a mark.
fn behind(text: &str, mark: &str) -> Names {
    let word =
        |rest: &str| rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().map(str::to_owned);
    text.split(mark).skip(1).filter_map(word).collect()
}

#[test]
fn what_is_fuzzed_is_run_in_its_short_form_and_has_seeds() {
    let fuzz = repository().join("tests/fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let bins = manifest["bin"].as_array().expect("programs").iter();
    let bins: Names = bins.map(|bin| bin["name"].as_str().expect("a name").to_owned()).collect();
    assert!(!bins.is_empty());
    assert_eq!(lie_in(&fuzz.join("targets")), bins, "a program each");
    assert_eq!(lie_in(&fuzz.join("seeds")), bins, "seeds of each");
    for name in &bins {
        assert!(!lie_in(&fuzz.join("seeds").join(name)).is_empty(), "{name} has seeds");
    }
    let (mut functions, mut short) = (Names::new(), Names::new());
    for member in members() {
        // Not every crate reads what comes from outside.
        let Ok(text) = std::fs::read_to_string(member.folder.join("src/fuzzing.rs")) else { continue };
        let own = behind(&text, "\npub fn ");
        for name in &own {
            let target = std::fs::read_to_string(fuzz.join("targets").join(name).with_extension("rs"));
            let calls = format!("{}::fuzzing::{name}(bytes)", member.name.replace('-', "_"));
            assert!(target.is_ok_and(|target| target.contains(&calls)), "the program {name} calls {calls}");
            assert!(text.contains(&format!("short::run(\"{name}\", {name}, ")), "the short form runs {name}");
        }
        functions.extend(own);
        short.extend(behind(&text, "short::run(\""));
    }
    assert_eq!(functions, bins, "each function has its program");
    assert_eq!(short, bins, "each is run in its short form, and nothing else is");
}
