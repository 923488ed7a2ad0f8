//! Below the top level modules that stand beside each other import each other in no circle, either: neither they nor what stands
//! below them. That a module imports what its parent holds itself, and a parent its own modules, is no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::crates::members;
use super::modules::{Imports, Source, declared, meant, sources};
use super::paths::{paths, uses};

/// A module, or a path, from the crate on.
type Place = Vec<String>;

/// The modules of a crate.
struct Modules {
    sources: Vec<Source>,
    /// For each module those that it declares.
    declared: BTreeMap<Place, BTreeSet<String>>,
    /// For each module the names that it brings in from some module of the crate, and what they mean.
    names: BTreeMap<Place, Vec<(String, Place)>>,
}

impl Modules {
    /// Reads a crate from its first file on.
    fn of(root: &Path) -> Self {
        let mut modules = Self { sources: sources(root), declared: BTreeMap::new(), names: BTreeMap::new() };
        for Source { place, tokens, .. } in &modules.sources {
            let own: BTreeSet<String> = declared(tokens).into_iter().map(|(name, _)| name).collect();
            for path in uses(tokens) {
                let Some((first, last)) = path.first().zip(path.last()) else { continue };
                let brought = match first.as_str() {
                    "crate" | "super" => meant(&path, place, &[]),
                    "self" => Some([place.as_slice(), &path[1..]].concat()),
                    first => own.contains(first).then(|| [place.as_slice(), &path].concat()),
                };
                let names = modules.names.entry(place.clone()).or_default();
                names.extend(brought.map(|brought| (last.clone(), brought)));
            }
            // A module may have a file for each system.
            modules.declared.entry(place.clone()).or_default().extend(own);
        }
        modules
    }

    /// A path, and what it means by names that modules on its way bring in from others.
    fn meanings(&self, path: Place) -> Vec<Place> {
        let (mut found, mut seen, mut waiting) = (Vec::new(), BTreeSet::new(), vec![path]);
        while let Some(path) = waiting.pop() {
            let is_module = |at: usize| self.declared.get(&path[..at]).is_some_and(|own| own.contains(&path[at]));
            let named = (0..path.len()).find(|&at| !is_module(at));
            if let Some(at) = named.filter(|&at| seen.insert(path[..=at].to_vec())) {
                for (name, brought) in self.names.get(&path[..at]).into_iter().flatten() {
                    if *name == path[at] {
                        waiting.push([brought.as_slice(), &path[at + 1..]].concat());
                    } else if name == "*" {
                        waiting.push([&brought[..brought.len() - 1], &path[at..]].concat());
                    }
                }
            }
            found.push(path);
        }
        found
    }

    /// For each module below the root how those that it declares import each other.
    fn imports(&self) -> BTreeMap<Place, Imports> {
        let mut imports: BTreeMap<Place, Imports> = BTreeMap::new();
        for Source { place, file, tokens } in &self.sources {
            for (path, around) in paths(tokens) {
                let Some(path) = meant(&path, &[place.as_slice(), &around].concat(), &[]) else { continue };
                for path in self.meanings(path) {
                    for level in (1..place.len()).filter(|&level| path.starts_with(&place[..level])) {
                        let beside = &self.declared[&place[..level]];
                        let known = imports.entry(place[..level].to_vec()).or_default();
                        match path.get(level).map(String::as_str) {
                            // Who has all of the parent can take anything from its modules, and no path in the file tells what.
                            None | Some("self" | "*") => {
                                beside.iter().for_each(|target| known.note(&place[level], target, file));
                            }
                            Some(target) if beside.contains(target) => known.note(&place[level], target, file),
                            Some(_) => {}
                        }
                    }
                }
            }
        }
        imports
    }

    /// The circles, each told in words.
    fn circles(&self) -> Vec<String> {
        let told = |(parent, imports): (Place, Imports)| {
            imports.circle().map(|circle| format!("in {}:\n{}", parent.join("::"), imports.explain(&circle)))
        };
        self.imports().into_iter().filter_map(told).collect()
    }
}

#[test]
fn modules_beside_each_other_below_the_top_level_import_each_other_in_no_circle() {
    let roots = members().into_iter().flat_map(|member| member.roots);
    let circles: Vec<String> = roots.flat_map(|root| Modules::of(&root).circles()).collect();
    assert!(circles.is_empty(), "there are circles of modules\n{}", circles.join("\n"));
}

#[test]
fn a_circle_of_siblings_is_found_however_they_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    let circles = || Modules::of(&folder.path().join("lib.rs")).circles();
    write("lib.rs", "mod a; pub use a::{Low, Other}; pub use a::High as Highest;");
    let parent = "mod high; mod low; mod other; pub use high::High; pub use low::Low; pub use other::*; use high::f;";
    write("a/mod.rs", &format!("{parent} struct Own; fn g(_: low::Low, _: self::high::High) {{}}"));
    write("a/high.rs", "use super::{Low, Own, low::x}; pub(super) struct High; pub(in crate::a) fn f() {}");
    write("a/other.rs", "use super::Own; pub struct Other;");
    write("a/low/mod.rs", "mod deep; use super::Own; use crate::a::g; pub(super) struct Low; use deep::Deep;");
    write("a/low/deep.rs", "use super::Low; use super::super::Own;");
    assert_eq!(
        circles(),
        Vec::<String>::new(),
        "what a parent holds itself, and parents and their modules, are no circle"
    );

    for back in [
        "use super::super::high::y;",
        "use crate::a::high;",
        "fn f() -> crate::a::high::High {}",
        "use super::super::High;",
        "use super::super::f;",
        "use crate::{Highest, Other};",
        "use crate::a;",
        "use super::super::{self};",
        "use super::super::*;",
        "mod inner { use super::super::super::High; }",
    ] {
        write("a/low/deep.rs", back);
        let circles = circles();
        assert!(circles.len() == 1 && circles[0].starts_with("in a:\n"), "{back}: {circles:?}");
        assert!(circles[0].contains("high imports low in ") && circles[0].contains("deep.rs"), "{back}: {circles:?}");
    }
    write("a/low/deep.rs", "#[cfg(test)] mod tests { use crate::a::high::High; }");
    assert_eq!(circles(), Vec::<String>::new(), "tests may look at anything");
    write("a/low/deep.rs", "use crate::Other;");
    assert_eq!(circles(), Vec::<String>::new());
    write("a/other.rs", "use super::high::High; pub struct Other;");
    assert_eq!(circles().len(), 1, "what all of a module brings in is told by no name");
    write("a/other.rs", "");
    write("a/low/mod.rs", "mod deep; mod flat; use deep::Deep;");
    write("a/low/deep.rs", "use super::flat::x;");
    write("a/low/flat.rs", "");
    assert_eq!(circles(), Vec::<String>::new());
    write("a/low/flat.rs", "use super::Deep;");
    let circles = circles();
    assert!(circles.len() == 1 && circles[0].starts_with("in a::low:\n"), "{circles:?}");
}
