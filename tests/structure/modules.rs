use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::crates::members;
use super::paths::{paths, uses};
use super::repository;
use super::source::{said, tokens};

/// The root of a crate, which knows all its modules: who takes something from it closes a circle.
const ROOT: &str = "the crate's root";

/// For each of the modules beside each other those that it imports, with a file that does.
#[derive(Debug, Default)]
pub(super) struct Imports(BTreeMap<String, BTreeMap<String, PathBuf>>);

impl Imports {
    /// Those of the top level: reads a crate from its first file on; or a module, which `below` names from the crate on, from
    /// its own.
    fn of(root: &Path, below: &[&str]) -> Self {
        let tokens = read(root);
        let modules: BTreeSet<String> = declared(&tokens).into_iter().map(|(name, _)| name).collect();
        let mut imports = Self::default();
        imports.0.insert(ROOT.to_owned(), modules.iter().map(|module| (module.clone(), root.into())).collect());
        let exported: BTreeMap<String, String> = uses(&tokens)
            .into_iter()
            .filter(|path| path.first().is_some_and(|first| modules.contains(first)))
            // What all of a module brings in is not told by name.
            .filter(|path| path.last().is_some_and(|last| last != "*"))
            .filter_map(|path| Some((path.last()?.clone(), path.first()?.clone())))
            .collect();
        for Source { place, file, tokens } in sources(root) {
            for (path, around) in paths(&tokens) {
                let Some(module) = place.first() else { continue };
                let Some(name) = top_level(&path, &[place.as_slice(), &around].concat(), below) else { continue };
                let target = if modules.contains(&name) { Some(&name) } else { exported.get(&name) };
                let target = target.map_or(ROOT, String::as_str);
                imports.note(module, target, &file);
            }
        }
        imports
    }

    /// Notes that a file of one module imports another.
    pub(super) fn note(&mut self, module: &str, target: &str, file: &Path) {
        if target != module {
            let known = self.0.entry(module.to_owned()).or_default();
            known.entry(target.to_owned()).or_insert_with(|| file.to_owned());
        }
    }

    /// A circle, as the modules on it in order.
    pub(super) fn circle(&self) -> Option<Vec<String>> {
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
    pub(super) fn explain(&self, circle: &[String]) -> String {
        let next = circle.iter().cycle().skip(1);
        let steps = circle.iter().zip(next).map(|(from, to)| {
            let file = self.0.get(from).and_then(|to_files| to_files.get(to)).map(|file| file.display().to_string());
            format!("{from} imports {to} in {}", file.unwrap_or_default())
        });
        steps.collect::<Vec<_>>().join("\n")
    }
}

fn read(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tokens = tokens(&text);
    if let Some(how) = hides(&tokens) {
        panic!("{}: `{how}` hides from this test what is imported", file.display());
    }
    tokens
}

/// How a file brings in what no path in it tells, if it does. What the crate's own build makes is its own.
fn hides(tokens: &[String]) -> Option<&'static str> {
    let made = ["include", "!", "(", "concat", "!", "(", "env", "!", "(", "\"OUT_DIR\""];
    let at =
        |begin: usize, words: &[&str]| tokens[begin..].iter().zip(words).filter(|(a, b)| a == b).count() == words.len();
    (0..tokens.len()).find_map(|begin| {
        let included = at(begin, &["include", "!"]) && !at(begin, &made);
        let renamed = at(begin, &["extern", "crate", "self"]).then_some("extern crate self");
        let unnamed = at(begin, &["macro_use"]).then_some("macro_use");
        included.then_some("include!").or(renamed).or(unnamed)
    })
}

/// The modules that a file declares outside of itself, each with the file that an attribute names, where one does.
pub(super) fn declared(tokens: &[String]) -> Vec<(String, Option<String>)> {
    let (mut found, mut named) = (Vec::new(), None);
    for (at, token) in tokens.iter().enumerate() {
        match (token.as_str(), tokens.get(at + 1..at + 3)) {
            ("path", Some([equals, file])) if equals == "=" => named = said(file).map(str::to_owned),
            ("mod", Some([name, end])) if end == ";" => found.push((name.clone(), named.take())),
            (";" | "{" | "}", _) => named = None,
            _ => {}
        }
    }
    found
}

/// A file of a crate, and of which module it is.
pub(super) struct Source {
    /// Its module, from the crate on.
    pub(super) place: Vec<String>,
    /// The file.
    pub(super) file: PathBuf,
    /// What stands in it.
    pub(super) tokens: Vec<String>,
}

/// The files of a crate, from its first one on, without those that only tests have.
pub(super) fn sources(root: &Path) -> Vec<Source> {
    let parent = |file: &Path| file.parent().expect("a file lies in a folder").to_owned();
    let mut found = Vec::new();
    // The file, its module, and the folder of the modules below it.
    let mut waiting = vec![(root.to_owned(), Vec::new(), parent(root))];
    while let Some((file, place, folder)) = waiting.pop() {
        let tokens = read(&file);
        for (name, named) in declared(&tokens) {
            let below = folder.join(&name);
            let named = named.map(|named| parent(&file).join(named));
            assert!(
                named.as_ref().is_none_or(|named| named.components().all(|part| part.as_os_str() != "..")),
                "{}: the module {name} lies elsewhere",
                file.display()
            );
            // Of a module with a file for each system all are read.
            let files: BTreeSet<PathBuf> = [Some(below.with_extension("rs")), Some(below.join("mod.rs")), named]
                .into_iter()
                .flatten()
                .filter(|file| file.is_file())
                .collect();
            assert!(!files.is_empty(), "{} has no file", below.display());
            let place = [place.as_slice(), &[name]].concat();
            waiting.extend(files.into_iter().map(|file| (file, place.clone(), below.clone())));
        }
        found.push(Source { place, file, tokens });
    }
    found
}

/// The first name below the crate, or the module that `below` names, that a path of a module means; none where it means the root
/// itself or leads out of it.
fn top_level(path: &[String], place: &[String], below: &[&str]) -> Option<String> {
    meant(path, place, below)?.into_iter().next()
}

/// What a path of a module means, from the crate, or the module that `below` names, on; none where it leads out of it.
pub(super) fn meant(path: &[String], place: &[String], below: &[&str]) -> Option<Vec<String>> {
    if path[0] == "crate" {
        let inside = path.len() > below.len() && path[1..].iter().zip(below).all(|(name, of)| name == of);
        return inside.then(|| path[1 + below.len()..].to_vec());
    }
    let ups = path.iter().take_while(|name| *name == "super").count();
    let kept = place.len().checked_sub(ups)?;
    Some([&place[..kept], &path[ups..]].concat())
}

#[test]
fn the_modules_of_no_crate_import_each_other_in_a_circle() {
    for member in members() {
        for root in &member.roots {
            let imports = Imports::of(root, &[]);
            if let Some(circle) = imports.circle() {
                panic!("{} has a circle of modules:\n{}", member.name, imports.explain(&circle));
            }
        }
    }
}

#[test]
fn what_a_score_is_read_from_does_not_know_the_scores() {
    let root = repository().join("shared/analysis/src/indicators/mod.rs");
    let imports = Imports::of(&root, &["indicators"]);
    if let Some(circle) = imports.circle() {
        panic!("the indicators have a circle of modules:\n{}", imports.explain(&circle));
    }
}

#[test]
fn what_hides_an_import_is_refused() {
    for (text, how) in [
        ("include!(\"a.rs\");", Some("include!")),
        ("extern crate self as a; use a::b;", Some("extern crate self")),
        ("#[macro_use] mod a;", Some("macro_use")),
        ("include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));", None),
        ("const A: &str = include_str!(\"include!\"); // extern crate self", None),
    ] {
        assert_eq!(hides(&tokens(text)), how, "{text}");
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
    let circle = || Imports::of(&folder.path().join("lib.rs"), &[]).circle();
    assert_eq!(circle(), None);
    for back in ["fn f() { crate::a::x() }", "use super::{a::y, b};", "use std::x; use super::a;"] {
        write("c.rs", back);
        assert_eq!(circle().map(|circle| circle.len()), Some(3), "{back}");
    }
    write("c.rs", "use crate::made_in_the_root;");
    assert!(circle().is_some_and(|circle| circle.contains(&ROOT.to_owned())));
    write("c.rs", "struct S { #[cfg(test)] field: u8 } use crate::a;");
    assert_eq!(circle().map(|circle| circle.len()), Some(3));
    write("c.rs", "fn f() { self::super::a::g() }");
    assert_eq!(circle().map(|circle| circle.len()), Some(3));
    write("c.rs", "#[cfg(unix)] mod x; #[cfg(not(unix))] #[path = \"y.rs\"] mod x;");
    write("c/x.rs", "");
    write("y.rs", "use crate::a;");
    assert_eq!(circle().map(|circle| circle.len()), Some(3), "in the file of another system");
    write("lib.rs", "mod a; mod b; mod c; pub use c::*;");
    write("b.rs", "use crate::*;");
    write("c.rs", "");
    assert!(circle().is_some_and(|circle| circle.contains(&ROOT.to_owned())), "all of the root is the root");
    write("lib.rs", "mod a; mod b; mod c; pub use c::Thing;");
    write("b.rs", "");
    write("c.rs", "");
    write("a/inner.rs", "use super::super::c::d;");
    assert_eq!(circle(), None);
    write("c.rs", "use crate::a;");
    assert_eq!(circle().map(|circle| circle.len()), Some(2));
    write("d/mod.rs", "mod x; mod y; pub use x::Thing;");
    write("d/x.rs", "use crate::a; use crate::d::y::z; use super::super::b;");
    write("d/y.rs", "use super::Thing;");
    let below = || Imports::of(&folder.path().join("d/mod.rs"), &["d"]).circle().map(|circle| circle.len());
    assert_eq!(below(), Some(2));
    write("d/y.rs", "use crate::b;");
    assert_eq!(below(), None);
}
