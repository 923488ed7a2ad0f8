use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::repository;

/// A crate of the workspace.
pub(super) struct Member {
    /// Its package's name.
    pub(super) name: String,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// The first files of its library and its programs.
    pub(super) roots: Vec<PathBuf>,
    /// Packages of the repository that it stands on: for itself, its tests or its build, on any system, under any name.
    imports: BTreeSet<String>,
    /// Whether its documentation is compiled for tests.
    doctests: bool,
}

/// Every crate, and all that it may import; what is not in a row is upwards or sideways.
const MAY_IMPORT: [(&str, &[&str]); 22] = [
    ("attune-features", &[]),
    ("attune-protocol", &[]),
    ("attune-settings", &[]),
    ("attune-transport", &["attune-protocol"]),
    ("attune-analysis", &["attune-protocol"]),
    ("attune-agent", &["attune-analysis", "attune-protocol", "attune-settings", "attune-transport"]),
    ("attune-ground", &["attune-protocol"]),
    ("attune-pages", &["attune-ground", "attune-protocol"]),
    ("attune-people", &["attune-pages", "attune-ground", "attune-protocol"]),
    ("attune-wellbeing", &["attune-pages", "attune-people", "attune-ground", "attune-protocol"]),
    (
        "attune-messages",
        &["attune-wellbeing", "attune-pages", "attune-people", "attune-ground", "attune-analysis", "attune-protocol"],
    ),
    (
        "attune-sensing",
        &[
            "attune-wellbeing",
            "attune-pages",
            "attune-people",
            "attune-ground",
            "attune-analysis",
            "attune-transport",
            "attune-protocol",
        ],
    ),
    ("attune-companion", &["attune-analysis"]),
    ("attune-forest", &[]),
    ("attune-hr", &["attune-forest", "attune-pages", "attune-people", "attune-ground", "attune-protocol"]),
    ("attune-language", &["attune-companion", "attune-analysis"]),
    ("attune-contact", &["attune-pages", "attune-people", "attune-ground", "attune-protocol"]),
    ("attune-reports", &[]),
    (
        "attune-reporting",
        &[
            "attune-reports",
            "attune-hr",
            "attune-wellbeing",
            "attune-pages",
            "attune-people",
            "attune-ground",
            "attune-protocol",
        ],
    ),
    (
        "attune-talks",
        &["attune-companion", "attune-pages", "attune-people", "attune-ground", "attune-analysis", "attune-protocol"],
    ),
    (
        "attune-collector",
        &[
            "attune-talks",
            "attune-language",
            "attune-contact",
            "attune-reporting",
            "attune-reports",
            "attune-sensing",
            "attune-hr",
            "attune-messages",
            "attune-wellbeing",
            "attune-pages",
            "attune-people",
            "attune-ground",
            "attune-analysis",
            "attune-protocol",
            "attune-settings",
            "attune-transport",
        ],
    ),
    // The tests drive programs from outside, and never reach into them.
    ("attune-tests", &["attune-analysis", "attune-protocol"]),
];

/// The crates of the workspace, as cargo reads their manifests: also those that no list names.
pub(super) fn members() -> Vec<Member> {
    members_of(&repository())
}

fn members_of(workspace: &Path) -> Vec<Member> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(workspace);
    let told = command.output().expect("cargo runs");
    assert!(told.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).expect("cargo tells JSON");
    told["packages"].as_array().expect("packages").iter().map(member).collect()
}

fn member(package: &Value) -> Member {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let targets = list(&package["targets"]).into_iter();
    let ours = targets.filter(|target| target["kind"] == json!(["lib"]) || target["kind"] == json!(["bin"]));
    let doctests = list(&package["targets"]).iter().any(|target| target["doctest"] == json!(true));
    // What lies in a folder is of this repository; all others come from a registry.
    let near = list(&package["dependencies"]).into_iter().filter(|dependency| dependency["path"].is_string());
    Member {
        name: text(&package["name"]),
        folder: Path::new(&text(&package["manifest_path"])).parent().expect("in a folder").to_owned(),
        roots: ours.map(|target| text(&target["src_path"]).into()).collect(),
        imports: near.map(|dependency| text(&dependency["name"])).collect(),
        doctests,
    }
}

/// What a crate imports that its row does not name.
fn against(member: &Member) -> Vec<&str> {
    let row = MAY_IMPORT.iter().find(|(name, _)| *name == member.name);
    let (_, allowed) = row.unwrap_or_else(|| panic!("{} has no row that says what it may import", member.name));
    member.imports.iter().map(String::as_str).filter(|import| !allowed.contains(import)).collect()
}

#[test]
fn no_crate_imports_upwards_or_sideways() {
    let members = members();
    assert_eq!(members.len(), MAY_IMPORT.len(), "each row is of a crate that is there");
    for member in members {
        let against = against(&member);
        assert!(against.is_empty(), "{} imports {against:?}: upwards or sideways", member.name);
    }
}

/// Tests stand beside the code: to look for some in its documentation, each crate is read by the compiler once more.
#[test]
fn no_crate_is_read_again_for_tests_in_its_documentation() {
    for member in members() {
        assert!(!member.doctests, "{} wants doctest = false under [lib]", member.name);
    }
}

#[test]
fn an_import_is_found_in_whichever_table_and_under_whichever_name_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.join("src")).expect("made");
        std::fs::write(path.join("src/lib.rs"), "").expect("written");
        std::fs::write(path.join("Cargo.toml"), text).expect("written");
    };
    let package = |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{rest}");
    std::fs::write(folder.path().join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"people\"]\n")
        .expect("written");
    write("sensing", &package("attune-sensing", ""));
    for table in [
        "[dependencies]\nattune-sensing = { path = \"../sensing\" }",
        "[dependencies]\nsenses = { package = \"attune-sensing\", path = \"../sensing\" }",
        "[dev-dependencies.attune-sensing]\npath = \"../sensing\"",
        "[build-dependencies]\nattune-sensing = { path = \"../sensing\" }",
        "[target.'cfg(windows)'.dependencies]\nattune-sensing = { path = \"../sensing\" }",
    ] {
        write("people", &package("attune-people", table));
        let members = members_of(folder.path());
        assert_eq!(members.len(), 2, "what is not listed is a member, too");
        let people = members.iter().find(|member| member.name == "attune-people").expect("a member");
        assert_eq!(against(people), ["attune-sensing"], "{table}");
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
