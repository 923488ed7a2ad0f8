/// A path that begins with `crate` or `super`, and the modules written out around it in its file.
pub(super) type Placed = (Vec<String>, Vec<String>);

/// Every such path of the tokens, also those within braces: `crate::{a, b::{c, d}}` is three. How far something is seen
/// (`pub(in crate::a)`) is none.
pub(super) fn paths(tokens: &[String]) -> Vec<Placed> {
    let mut found = Vec::new();
    // For each open brace the module that it belongs to, if it is one's.
    let mut around: Vec<Option<String>> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => around.push((at >= 2 && tokens[at - 2] == "mod").then(|| tokens[at - 1].clone())),
            "}" => drop(around.pop()),
            "crate" | "super" if begins(tokens, at) => {
                let mut read = Vec::new();
                tree(&tokens[at..], &[], &mut read);
                let modules: Vec<String> = around.iter().flatten().cloned().collect();
                found.extend(read.into_iter().map(|path| (path, modules.clone())));
            }
            _ => {}
        }
    }
    found
}

/// Whether a path begins here; `self::super` begins with `super`.
fn begins(tokens: &[String], at: usize) -> bool {
    let behind = |words: &[&str]| tokens[..at].iter().rev().zip(words).filter(|(a, b)| a == b).count() == words.len();
    let visibility = behind(&["(", "pub"]) || behind(&["in", "(", "pub"]);
    !visibility && (!behind(&["::"]) || behind(&["::", "self"]))
}

/// What a `use` of a crate's root brings in: the path, and the name under which it is known then.
pub(super) fn uses(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token == "use" {
            tree(&tokens[at + 1..], &[], &mut found);
        }
    }
    found
}

/// Reads one path, or the paths of a group, and gives how many tokens they take. `a as b` is the path `a::b`.
fn tree(tokens: &[String], before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at += if tokens[at] == "," { 1 } else { tree(&tokens[at..], &path, found).max(1) };
                }
                return at + 1;
            }
            Some(name) => path.push(name.to_owned()),
            None => break,
        }
        at += 1;
        match tokens.get(at).map(String::as_str) {
            Some("::" | "as") => at += 1,
            _ => break,
        }
    }
    found.push(path);
    at
}

#[test]
fn paths_within_braces_are_read_one_by_one() {
    let text = "use crate::{a, b::{c, d as e}}; fn f() { super::super::g::h(); self::super::i() } use std::x;";
    let tokens = super::source::tokens(text);
    let read: Vec<String> = paths(&tokens).iter().map(|(path, _)| path.join(" ")).collect();
    assert_eq!(read, ["crate a", "crate b c", "crate b d e", "super super g h", "super i"]);
    let tokens = super::source::tokens("mod a; pub use a::{B, c::D}; use std::x;");
    let read: Vec<String> = uses(&tokens).iter().map(|path| path.join(" ")).collect();
    assert_eq!(read, ["a B", "a c D", "std x"]);
}

#[test]
fn how_far_something_is_seen_is_no_path() {
    let text = "pub(super) a: pub(crate) b, pub(in crate::c) fn d() { for e in super::f { (super::g) } }";
    let read: Vec<String> = paths(&super::source::tokens(text)).iter().map(|(path, _)| path.join(" ")).collect();
    assert_eq!(read, ["super f", "super g"]);
}

#[test]
fn modules_written_out_around_a_path_are_told_with_it() {
    let tokens = super::source::tokens("mod a { struct B { b: super::c } mod d { use super::e; } } use super::f;");
    let read: Vec<String> =
        paths(&tokens).iter().map(|(path, around)| (around.join(" ") + ": ") + &path.join(" ")).collect();
    assert_eq!(read, ["a: super c", "a d: super e", ": super f"]);
}
