use std::collections::BTreeSet;
use std::path::PathBuf;

use super::repository;

/// A crate of the workspace.
pub(super) struct Member {
    /// Its package's name.
    pub(super) name: String,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Packages of the workspace that it names, for its tests and its build too.
    imports: BTreeSet<String>,
}

/// Every crate, and all that it may import; what is not in a row is upwards or sideways.
const MAY_IMPORT: [(&str, &[&str]); 11] = [
    ("attune-features", &[]),
    ("attune-protocol", &[]),
    ("attune-settings", &[]),
    ("attune-analysis", &["attune-protocol"]),
    ("attune-agent", &["attune-analysis", "attune-protocol", "attune-settings"]),
    ("attune-ground", &["attune-protocol"]),
    ("attune-people", &["attune-ground", "attune-protocol"]),
    ("attune-pages", &["attune-people", "attune-ground", "attune-protocol"]),
    ("attune-sensing", &["attune-pages", "attune-people", "attune-ground", "attune-analysis", "attune-protocol"]),
    (
        "attune-collector",
        &[
            "attune-sensing",
            "attune-pages",
            "attune-people",
            "attune-ground",
            "attune-analysis",
            "attune-protocol",
            "attune-settings",
        ],
    ),
    // The tests drive programs from outside, and never reach into them.
    ("attune-tests", &["attune-analysis", "attune-protocol"]),
];

/// The crates that the workspace names.
pub(super) fn members() -> Vec<Member> {
    let workspace = manifest(&repository());
    let members = workspace["workspace"]["members"].as_array().expect("a workspace has members");
    members.iter().map(|member| read(repository().join(member.as_str().expect("a member is a folder")))).collect()
}

fn read(folder: PathBuf) -> Member {
    let manifest = manifest(&folder);
    let name = manifest["package"]["name"].as_str().expect("a package has a name").to_owned();
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let named = tables.into_iter().filter_map(|table| manifest.get(table)?.as_table());
    let imports = named.flat_map(toml::Table::keys).filter(|name| name.starts_with("attune-")).cloned().collect();
    Member { name, folder, imports }
}

fn manifest(folder: &std::path::Path) -> toml::Table {
    let path = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn no_crate_imports_upwards_or_sideways() {
    for member in members() {
        let row = MAY_IMPORT.iter().find(|(name, _)| *name == member.name);
        let (_, allowed) = row.unwrap_or_else(|| panic!("{} has no row that says what it may import", member.name));
        for import in &member.imports {
            assert!(allowed.contains(&import.as_str()), "{} imports {import}: upwards or sideways", member.name);
        }
    }
}

#[test]
fn what_may_be_imported_has_no_circle_itself() {
    for (place, (name, allowed)) in MAY_IMPORT.iter().enumerate() {
        for import in *allowed {
            assert!(MAY_IMPORT[..place].iter().any(|(below, _)| below == import), "{name} stands before {import}");
        }
    }
}
