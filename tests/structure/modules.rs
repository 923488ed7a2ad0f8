use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::crates::members;
use super::paths::{paths, uses};
use super::source::tokens;

/// The root of a crate, which knows all its modules: who takes something from it closes a circle.
const ROOT: &str = "the crate's root";

/// For each top-level module of a crate those that it imports, with a file that does.
#[derive(Debug, Default)]
struct Imports(BTreeMap<String, BTreeMap<String, PathBuf>>);

impl Imports {
    /// Reads the library of a crate, or its program where it has none.
    fn of(sources: &Path) -> Self {
        let root = ["lib.rs", "main.rs"].map(|name| sources.join(name)).into_iter().find(|file| file.is_file());
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
                    let Some(name) = top_level(&path, &[place.as_slice(), &around].concat()) else { continue };
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

/// The first name below the crate that a path of a module means; none where it means the root itself.
fn top_level(path: &[String], place: &[String]) -> Option<String> {
    if path[0] == "crate" {
        return path.get(1).cloned();
    }
    let ups = path.iter().take_while(|name| *name == "super").count();
    let kept = place.len().checked_sub(ups)?;
    place[..kept].iter().chain(&path[ups..]).next().cloned()
}

#[test]
fn the_modules_of_no_crate_import_each_other_in_a_circle() {
    for member in members() {
        let imports = Imports::of(&member.folder.join("src"));
        if let Some(circle) = imports.circle() {
            panic!("{} has a circle of modules:\n{}", member.name, imports.explain(&circle));
        }
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
    let circle = || Imports::of(folder.path()).circle();
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
}
