use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::crates::members;
use super::paths::{paths, uses};
use super::repository;
use super::source::tokens;

/// The root of a crate, which knows all its modules: who takes something from it closes a circle.
const ROOT: &str = "the crate's root";

/// For each top-level module of a crate those that it imports, with a file that does.
#[derive(Debug, Default)]
struct Imports(BTreeMap<String, BTreeMap<String, PathBuf>>);

impl Imports {
    /// Reads the library of a crate, or its program where it has none; or a module with a folder, which `below` names from the
    /// crate on.
    fn of(sources: &Path, below: &[&str]) -> Self {
        let root =
            ["lib.rs", "main.rs", "mod.rs"].map(|name| sources.join(name)).into_iter().find(|file| file.is_file());
        let root = read(&root.unwrap_or_else(|| panic!("{} has no root", sources.display())));
        let modules = modules(&root);
        let mut imports = Self::default();
        imports.0.insert(ROOT.to_owned(), modules.iter().map(|module| (module.clone(), sources.into())).collect());
        let exported: BTreeMap<String, String> = uses(&root)
            .into_iter()
            .filter(|path| path.first().is_some_and(|first| modules.contains(first)))
            .filter_map(|path| Some((path.last()?.clone(), path.first()?.clone())))
            .collect();
        for module in &modules {
            for (file, place) in files_of(sources, module) {
                for (path, around) in paths(&read(&file)) {
                    let Some(name) = top_level(&path, &[place.as_slice(), &around].concat(), below) else { continue };
                    let target = if modules.contains(&name) { Some(&name) } else { exported.get(&name) };
                    let target = target.map_or(ROOT, String::as_str);
                    if target != module {
                        let known = imports.0.entry(module.clone()).or_default();
                        known.entry(target.to_owned()).or_insert_with(|| file.clone());
                    }
                }
            }
        }
        imports
    }

    /// A circle, as the modules on it in order.
    fn circle(&self) -> Option<Vec<String>> {
        let mut left = BTreeSet::new();
        self.0.keys().find_map(|from| self.circle_from(from, &mut Vec::new(), &mut left))
    }

    /// Follows imports; what was left without a circle is not looked at again.
    fn circle_from(&self, at: &str, way: &mut Vec<String>, left: &mut BTreeSet<String>) -> Option<Vec<String>> {
        if let Some(begin) = way.iter().position(|module| module == at) {
            return Some(way[begin..].to_vec());
        }
        if left.contains(at) {
            return None;
        }
        way.push(at.to_owned());
        let circle = self.0.get(at).into_iter().flatten().find_map(|(next, _)| self.circle_from(next, way, left));
        way.pop();
        left.insert(at.to_owned());
        circle
    }

    /// Who imports whom where, along a circle.
    fn explain(&self, circle: &[String]) -> String {
        let next = circle.iter().cycle().skip(1);
        let steps = circle.iter().zip(next).map(|(from, to)| {
            let file = self.0.get(from).and_then(|to_files| to_files.get(to)).map(|file| file.display().to_string());
            format!("{from} imports {to} in {}", file.unwrap_or_default())
        });
        steps.collect::<Vec<_>>().join("\n")
    }
}

fn read(file: &Path) -> Vec<String> {
    tokens(&std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

/// The modules that a file declares outside of itself.
fn modules(tokens: &[String]) -> BTreeSet<String> {
    tokens.windows(3).filter(|three| three[0] == "mod" && three[2] == ";").map(|three| three[1].clone()).collect()
}

/// The files of a top-level module with their places in the crate, without those that only tests have.
fn files_of(sources: &Path, module: &str) -> Vec<(PathBuf, Vec<String>)> {
    let mut found = Vec::new();
    let mut waiting = vec![vec![module.to_owned()]];
    while let Some(place) = waiting.pop() {
        let folder = sources.join(place.join("/"));
        let file = [folder.with_extension("rs"), folder.join("mod.rs")].into_iter().find(|file| file.is_file());
        let file = file.unwrap_or_else(|| panic!("{} has no file", folder.display()));
        let children = modules(&read(&file));
        waiting.extend(children.into_iter().map(|child| [place.as_slice(), &[child]].concat()));
        found.push((file, place));
    }
    found
}

/// The first name below the crate, or the module that `below` names, that a path of a module means; none where it means the root
/// itself or leads out of it.
fn top_level(path: &[String], place: &[String], below: &[&str]) -> Option<String> {
    if path[0] == "crate" {
        let inside = path.len() > below.len() && path[1..].iter().zip(below).all(|(name, of)| name == of);
        return path.get(1 + below.len()).filter(|_| inside).cloned();
    }
    let ups = path.iter().take_while(|name| *name == "super").count();
    let kept = place.len().checked_sub(ups)?;
    place[..kept].iter().chain(&path[ups..]).next().cloned()
}

#[test]
fn the_modules_of_no_crate_import_each_other_in_a_circle() {
    for member in members() {
        let imports = Imports::of(&member.folder.join("src"), &[]);
        if let Some(circle) = imports.circle() {
            panic!("{} has a circle of modules:\n{}", member.name, imports.explain(&circle));
        }
    }
}

#[test]
fn what_a_score_is_read_from_does_not_know_the_scores() {
    let folder = repository().join("shared/analysis/src/indicators");
    let imports = Imports::of(&folder, &["indicators"]);
    if let Some(circle) = imports.circle() {
        panic!("the indicators have a circle of modules:\n{}", imports.explain(&circle));
    }
}

#[test]
fn a_circle_is_found_wherever_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("lib.rs", "mod a; mod b; mod c; pub use c::Thing; #[cfg(test)] mod testing;");
    write("a/mod.rs", "mod inner; use crate::b;");
    write("a/inner.rs", "use super::x; #[cfg(test)] mod tests { use crate::testing; }");
    write("b.rs", "use crate::Thing;");
    write("c.rs", "pub struct Thing;");
    write("testing.rs", "use crate::a;");
    let circle = || Imports::of(folder.path(), &[]).circle();
    assert_eq!(circle(), None);
    for back in ["fn f() { crate::a::x() }", "use super::{a::y, b};", "use std::x; use super::a;"] {
        write("c.rs", back);
        assert_eq!(circle().map(|circle| circle.len()), Some(3), "{back}");
    }
    write("c.rs", "use crate::made_in_the_root;");
    assert!(circle().is_some_and(|circle| circle.contains(&ROOT.to_owned())));
    write("b.rs", "");
    write("c.rs", "");
    write("a/inner.rs", "use super::super::c::d;");
    assert_eq!(circle(), None);
    write("c.rs", "use crate::a;");
    assert_eq!(circle().map(|circle| circle.len()), Some(2));
    write("d/mod.rs", "mod x; mod y; pub use x::Thing;");
    write("d/x.rs", "use crate::a; use crate::d::y::z; use super::super::b;");
    write("d/y.rs", "use super::Thing;");
    let below = || Imports::of(&folder.path().join("d"), &["d"]).circle().map(|circle| circle.len());
    assert_eq!(below(), Some(2));
    write("d/y.rs", "use crate::b;");
    assert_eq!(below(), None);
}
