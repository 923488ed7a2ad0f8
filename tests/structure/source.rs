/// Words, `::`, literals and single signs of Rust text, without comments and what stands under `#[cfg(test)]`.
pub(super) fn tokens(text: &str) -> Vec<String> {
    without_tests(split(text))
}

fn split(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = literal(rest) {
            tokens.push(rest[..length].to_owned());
            length
        } else if is_word(first) {
            let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 || at >= text.len() {
            return at.min(text.len());
        }
    }
}

/// Length of the string or character with which the text begins; a lifetime is none.
fn literal(text: &str) -> Option<usize> {
    let raw = text.trim_start_matches(['b', 'r', 'c']);
    let prefix = text.len() - raw.len();
    if prefix > 2 {
        return None;
    }
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    if text[..prefix].contains('r') && raw[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let body = prefix + hashes + 1;
        return Some(text[body..].find(&end).map_or(text.len(), |at| body + at + end.len()));
    }
    let quote = raw.chars().next().filter(|quote| *quote == '"' || (*quote == '\'' && prefix <= 1))?;
    let mut letters = raw.char_indices().skip(1);
    if quote == '\'' {
        let (_, second) = letters.next()?;
        if second == '\\' {
            letters.next()?;
        }
        let (at, third) = letters.next()?;
        if second != '\\' {
            return (third == '\'').then_some(prefix + at + 1);
        }
        let closing = raw[at..].find('\'')?;
        return Some(prefix + at + closing + 1);
    }
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => return Some(prefix + at + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// What a string literal says, as it is written; none of what is no string.
pub(super) fn said(token: &str) -> Option<&str> {
    let (begin, end) = (token.find('"')?, token.rfind('"')?);
    (token[..begin].chars().all(|letter| matches!(letter, 'b' | 'c' | 'r' | '#')) && begin < end)
        .then(|| &token[begin + 1..end])
}

/// Leaves out each item that only tests have: what follows its mark, up to its `;` or the end of its braces; of a field, a
/// variant or an arm up to its `,` or the end of what it stands in.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some(token) = rest.first() {
        let Some(mark) = mark_of_tests(rest) else {
            kept.push(token.clone());
            rest = &rest[1..];
            continue;
        };
        let (item, mut depth) = (is_item(&rest[mark..]), 0_i32);
        let end = rest[mark..].iter().position(|token| {
            match token.as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            depth < 0 || depth == 0 && (token == ";" || token == "}" || token == "," && !item)
        });
        // The brace that closes what a field stands in stays.
        let end = end.map(|end| if depth < 0 { end } else { end + 1 });
        rest = end.map_or(&[], |end| &rest[mark + end..]);
    }
    kept
}

/// Whether an item begins here, behind further attributes and its visibility.
fn is_item(tokens: &[String]) -> bool {
    let mut rest = tokens;
    loop {
        match rest.first().map(String::as_str) {
            Some("#") => rest = behind(&rest[1..]),
            Some("pub") => rest = &rest[1..],
            Some("(") => rest = behind(rest),
            first => {
                const KEYWORDS: [&str; 14] = [
                    "async",
                    "const",
                    "enum",
                    "extern",
                    "fn",
                    "impl",
                    "macro_rules",
                    "mod",
                    "static",
                    "struct",
                    "trait",
                    "type",
                    "unsafe",
                    "use",
                ];
                return first.is_some_and(|first| KEYWORDS.contains(&first));
            }
        }
    }
}

/// What follows the bracket with which the tokens begin.
fn behind(tokens: &[String]) -> &[String] {
    let mut depth = 0_i32;
    let end = tokens.iter().position(|token| {
        match token.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        depth <= 0
    });
    end.map_or(&[], |end| &tokens[end + 1..])
}

/// Length of `#[cfg(test)]`, `#[cfg(all(test, ...))]`, or `#[cfg(any(test, fuzzing))]`, with which the tokens begin.
fn mark_of_tests(tokens: &[String]) -> Option<usize> {
    let begins =
        |mark: &[&str]| tokens.len() >= mark.len() && tokens.iter().zip(mark).all(|(token, mark)| token == mark);
    let fuzzed = ["#", "[", "cfg", "(", "any", "(", "test", ",", "fuzzing", ")"];
    if begins(&["#", "[", "cfg", "(", "test", ")"])
        || begins(&["#", "[", "cfg", "(", "all", "(", "test"])
        || begins(&fuzzed)
    {
        tokens.iter().position(|token| token == "]").map(|end| end + 1)
    } else {
        None
    }
}

#[test]
fn comments_literals_and_tests_are_no_imports() {
    let text = r##"
        //! crate::a
        /* crate::b /* */ crate::c */
        fn f<'a>(x: &'a str) -> char { let _ = ("crate::d \" crate::e", r#"crate::f " crate::g"#, b'"', '\'', '\u{1f}'); 'x' }
        #[cfg(test)]
        mod tests { use crate::h; fn g() { crate::i() } }
        #[cfg(all(test, unix))]
        use crate::j;
        fn h() { crate::k() }
    "##;
    let tokens = tokens(text);
    assert_eq!(tokens.iter().filter(|token| *token == "crate").count(), 1, "{tokens:?}");
    assert!(tokens.ends_with(&["crate", "::", "k", "(", ")", "}"].map(String::from)), "{tokens:?}");
    let strings: Vec<&str> = tokens.iter().filter_map(|token| said(token)).collect();
    assert_eq!(strings, [r#"crate::d \" crate::e"#, r#"crate::f " crate::g"#]);
}

#[test]
fn what_only_tests_have_ends_where_it_ends() {
    for (text, kept) in [
        ("struct S { #[cfg(test)] a: u8 } use crate::b;", "struct S { } use crate :: b ;"),
        ("struct S { #[cfg(test)] pub(super) a: (u8, u8), b: u8 } fn f() {}", "struct S { b : u8 } fn f ( ) { }"),
        ("S { a, #[cfg(test)] b: f(1, 2) } ; g()", "S { a , } ; g ( )"),
        (
            "#[cfg(any(test, fuzzing))] pub mod fuzzing; #[cfg(any(unix, test))] mod a;",
            "# [ cfg ( any ( unix , test ) ) ] mod a ;",
        ),
        ("match x { #[cfg(test)] A => { 1 } B => 2, }", "match x { B => 2 , }"),
        ("#[cfg(test)] #[inline] pub(crate) fn f<A, B>() { crate::c } fn g() {}", "fn g ( ) { }"),
        ("#[cfg(test)] const A: [u8; 2] = [1, 2]; fn g() {}", "fn g ( ) { }"),
    ] {
        assert_eq!(tokens(text).join(" ").replace("= >", "=>"), kept, "{text}");
    }
}
