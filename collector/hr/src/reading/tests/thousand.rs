//! A thousand damaged uploads: each has a clear answer, and none of them is gone through more often than a good one.

use std::borrow::Cow;
use std::cell::Cell as Slot;
use std::io::{self, Cursor, Read};

use zip::ZipArchive;

use super::super::{Answers, Order, Outcome, Scale, Source, Upload, stream};
use super::bounds::archive;
use super::damage::Chance;
use super::{bytes_of, names};
use crate::rows::Table;

/// Bytes that count how many of them were read.
struct Counted<'b> {
    bytes: &'b [u8],
    read: Slot<u64>,
}

struct Reads<'c> {
    left: &'c [u8],
    read: &'c Slot<u64>,
}

impl Read for Reads<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.left.read(into)?;
        self.read.set(self.read.get() + length as u64);
        Ok(length)
    }
}

impl Source for Counted<'_> {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Reads { left: self.bytes, read: &self.read }))
    }

    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// Reads an upload and looks at the answer. Tells which it was.
fn answered(what: &str, name: &str, bytes: &[u8], (table, answers): (Option<Table>, &Answers)) -> &'static str {
    let source = Counted { bytes, read: Slot::new(0) };
    let mut rows = 0_u64;
    let reading = stream(&Upload { table, name, source: &source, answers }, &mut |_, _| rows += 1, &mut |_, _| {});
    let reading = reading.expect("bytes in memory can be read");
    // The headings, two times the rows, and a sample, which is longer in UTF-16.
    let most = 3 * bytes.len() as u64 + (256 << 10);
    assert!(source.read.get() <= most, "{what} of {name}: {} of {} bytes read", source.read.get(), bytes.len());
    assert!(reading.report.problems.len() <= 1_000, "{what} of {name}");
    assert_eq!(reading.report.rows_read, rows, "{what} of {name}");
    let told: Vec<String> = reading.report.told.iter().map(super::super::Told::sentence).collect();
    assert!(told.iter().all(|sentence| sentence.ends_with('.')), "{what} of {name}: {told:?}");
    match reading.outcome {
        Outcome::Read => "read",
        Outcome::Ask(questions) => {
            assert_eq!(rows, 0, "{what} of {name}: rows before an answer");
            assert!(!questions.is_empty() && questions.iter().all(|asked| !asked.text.is_empty()), "{what} of {name}");
            "asked"
        }
        Outcome::Refused(refusal) => {
            assert_eq!(rows, 0, "{what} of {name}: rows of what was refused");
            assert!(refusal.sentence().ends_with('.'), "{what} of {name}");
            "refused"
        }
    }
}

/// The parts of an archive, as far as it is one.
fn parts_of(bytes: &[u8]) -> Vec<(String, String)> {
    let Ok(mut opened) = ZipArchive::new(Cursor::new(bytes)) else { return Vec::new() };
    let mut parts = Vec::new();
    for at in 0..opened.len() {
        let Ok(mut part) = opened.by_index(at) else { continue };
        let Ok(name) = part.name().map(Cow::into_owned) else { continue };
        let mut content = String::new();
        if part.size() < 1 << 20 && part.read_to_string(&mut content).is_ok() {
            parts.push((name, content));
        }
    }
    parts
}

/// A workbook of which one part is that of another, is there under another name, or is gone.
fn swapped(bytes: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let (mut parts, others) = (parts_of(bytes), parts_of(other));
    if parts.is_empty() || others.is_empty() {
        return [bytes, other].concat();
    }
    let at = chance.below(parts.len());
    match chance.below(4) {
        0 => drop(parts.remove(at)),
        1 => {
            let with = chance.below(parts.len());
            let content = std::mem::take(&mut parts[at].1);
            parts[at].1 = std::mem::replace(&mut parts[with].1, content);
        }
        _ => parts[at].1.clone_from(&others[chance.below(others.len())].1),
    }
    let parts: Vec<(&str, String)> = parts.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    archive(&parts)
}

/// Puts bytes behind a sign between fields or rows, if there is one.
fn insert(bytes: &mut Vec<u8>, what: &[u8], chance: &mut Chance) {
    let begins: Vec<usize> = (0..bytes.len()).filter(|at| b",;\t\n".contains(&bytes[*at])).map(|at| at + 1).collect();
    let at = if begins.is_empty() { 0 } else { begins[chance.below(begins.len())] };
    drop(bytes.splice(at..at, what.iter().copied()));
}

/// What was done to the bytes, and what they are now.
fn damaged(whole: &[u8], other: &[u8], number: usize, chance: &mut Chance) -> (&'static str, Vec<u8>) {
    let mut bytes = whole.to_vec();
    let (at, end) = (chance.below(bytes.len() + 1), chance.below(bytes.len() + 1));
    let (at, end) = (at.min(end), at.max(end));
    let what = match number % 10 {
        0 => {
            bytes.truncate(at);
            "a cut"
        }
        1 => {
            for byte in bytes.iter_mut().skip(at).take(8) {
                *byte ^= 1 << chance.below(8);
            }
            "flipped bits"
        }
        2 => {
            let part = bytes[at..end].to_vec();
            drop(bytes.splice(end..end, part));
            "a part twice"
        }
        3 => {
            drop(bytes.drain(at..end));
            "a part gone"
        }
        4 => {
            drop(bytes.splice(at..end, other.iter().copied().take(4_096)));
            "a part of another file"
        }
        5 | 6 => {
            bytes = swapped(whole, other, chance);
            "a part of another workbook"
        }
        7 => {
            insert(&mut bytes, b"=cmd|' /C calc'!A0,", chance);
            "a formula"
        }
        8 => {
            insert(&mut bytes, ",x".repeat(10_000).as_bytes(), chance);
            "10,000 columns"
        }
        _ => {
            let long: [&[u8]; 4] = [b"\"", b"\0", b"\r", b"9"];
            insert(&mut bytes, &long[chance.below(4)].repeat(1 + chance.below(300_000)), chance);
            "a long field"
        }
    };
    (what, bytes)
}

/// What somebody answers who has seen another file, or means harm.
fn unfit() -> Answers {
    Answers {
        sheet: Some("Nowhere".to_owned()),
        columns: [("Employee_ID", u32::MAX), ("Work_Hours", 0), ("Date", 1), ("Leave_Type", 1), ("Mood", 2)]
            .map(|(name, number)| (name.to_owned(), number))
            .into(),
        words: [("krank", "Star Performer"), ("\u{1f600}", "99"), ("", "")]
            .map(|(word, ours)| (word.to_owned(), ours.to_owned()))
            .into(),
        dates: Some(Order::YearFirst),
        swapped: Some(true),
        scale: Some(Scale::ZeroToHundred),
        zeros: Some(true),
        denied_left_out: Some(true),
        ..Answers::default()
    }
}

#[test]
fn a_thousand_damaged_uploads_have_a_clear_answer_each() {
    let files: Vec<(String, Vec<u8>)> = names()
        .into_iter()
        .filter(|name| name != "zip-bomb.xlsx")
        .map(|name| (name.clone(), bytes_of(&name)))
        .collect();
    let mut chance = Chance(22);
    let (none, unfit) = (Answers::default(), unfit());
    let mut told = Vec::new();
    for number in 0..1_000 {
        let (name, whole) = &files[chance.below(files.len())];
        let (_, other) = &files[chance.below(files.len())];
        let (what, bytes) = damaged(whole, other, number, &mut chance);
        let table = Table::ALL.get(chance.below(12)).copied();
        let answers = if chance.below(4) == 0 { &unfit } else { &none };
        told.push(answered(what, name, &bytes, (table, answers)));
    }
    for answer in ["read", "asked", "refused"] {
        let count = told.iter().filter(|told| **told == answer).count();
        assert!(count > 5, "{answer} {count} times of {}", told.len());
    }
}

#[test]
fn a_file_of_nothing_but_one_sign_is_refused_whichever_it_is() {
    for sign in [b"\"".as_slice(), b"\r", b"\n", b"\0", b",", b";", b" ", b"\xff", b"=", b"\xd8"] {
        let bytes = sign.repeat(200_000);
        let table = (Some(Table::Activity), &Answers::default());
        assert_eq!(answered("all of it", "one-sign.csv", &bytes, table), "refused", "{sign:?}");
    }
}

#[test]
fn no_report_repeats_a_formula() {
    let text =
        "Employee_ID,Award_Type,Award_Date,Reward_Points\n=cmd|' /C calc'!A0,=1+1,@SUM(1),+cmd\nEMP1,-cmd|x,=A1,=B1\n";
    let (reading, _) = super::numbered(Some(Table::Rewards), "a.csv", text.as_bytes(), &Answers::default());
    assert_eq!(reading.outcome, Outcome::Read);
    let report = format!("{:?}", reading.report);
    assert!(["cmd", "SUM", "=A1", "=B1", "1+1"].iter().all(|part| !report.contains(part)), "{report}");
    assert!(!reading.report.problems.is_empty());
}

#[test]
fn ten_thousand_fields_below_the_headings_are_a_problem_of_their_row() {
    let good = "EMP1,2024-01-15,1,2,3,8\n".repeat(4_000);
    let text = format!("{}\n{good}EMP2,2024-01-15,1,2,3,8{}\n{good}", super::bounds::HEADINGS, ",x".repeat(10_000));
    let (reading, _) = super::activity(&text);
    assert_eq!(reading.outcome, Outcome::Read);
    let found: Vec<_> = reading.report.problems.iter().map(|problem| (problem.row, problem.kind)).collect();
    assert_eq!(found, [(4_002, super::super::ProblemKind::MoreFields)]);
}
