//! The description of the API knows a type by its name alone: of two types of one name one would silently be described as the other.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::crates::members;
use super::modules::sources;

/// The names under which types of a source are described.
fn described(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for behind in text.split("#[derive(").skip(1) {
        let Some((derived, rest)) = behind.split_once(")]") else { continue };
        if !derived.split(',').any(|one| one.trim().trim_start_matches("utoipa::") == "ToSchema") {
            continue;
        }
        let lines = || rest.lines().map(str::trim);
        let before = lines().take_while(|line| line.is_empty() || line.starts_with("#[") || line.starts_with("//"));
        let called = before.filter_map(|line| line.split_once("schema(as = ")).next();
        let declared = lines().find_map(|line| {
            let mut words = line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            words.find(|word| ["struct", "enum"].contains(word)).and_then(|_| words.next())
        });
        let name = called.and_then(|(_, name)| name.split([',', ')']).next()).or(declared);
        names.extend(name.map(|name| name.trim().to_owned()));
    }
    names
}

#[test]
fn no_two_types_are_described_under_one_name() {
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for member in members() {
        for source in member.roots.iter().flat_map(|root| sources(root)) {
            let text = std::fs::read_to_string(&source.file).expect("it can be read");
            for name in described(&text) {
                places.entry(name).or_default().push(source.file.clone());
            }
        }
    }
    assert!(places.len() > 100, "{} types are described", places.len());
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn a_type_is_described_under_its_own_name_or_that_which_is_said() {
    let text = "#[derive(Debug, ToSchema)]\n/// A.\n#[schema(as = Other)]\npub struct One {\n}\n\
                #[derive(Debug)]\nstruct Two;\n#[derive(utoipa::ToSchema)]\npub(super) enum Three {}\n";
    assert_eq!(described(text), ["Other", "Three"]);
}
