//! Lists of words in text files: `name = word word`, a line each; the same name again adds to it.

use std::collections::{HashMap, HashSet};

pub(super) type Words = HashSet<&'static str>;

pub(super) struct Lists(HashMap<&'static str, Words>);

impl Lists {
    pub(super) fn read(text: &'static str) -> Self {
        let mut lists: HashMap<&'static str, Words> = HashMap::new();
        for (name, words) in lines(text).filter_map(|line| line.split_once(" = ")) {
            lists.entry(name).or_default().extend(words.split(' '));
        }
        Self(lists)
    }

    pub(super) fn take(&mut self, name: &str) -> Words {
        self.0.remove(name).unwrap_or_default()
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether these are all the lists of a file, and hold every word of every line, each once in its list.
#[cfg(test)]
pub(super) fn assert_all_is_read(text: &'static str, left: &Lists, read: &[&Words]) {
    assert!(left.0.is_empty(), "no list is read by the names {:?}", left.0.keys());
    assert!(read.iter().all(|words| !words.is_empty()), "a list has no words in the file");
    let written = lines(text).map(|line| match line.split_once(" = ") {
        Some((_, words)) => words.split(' ').filter(|word| !word.is_empty()).count(),
        None => panic!("no list: {line}"),
    });
    assert_eq!(read.iter().map(|words| words.len()).sum::<usize>(), written.sum::<usize>());
}
