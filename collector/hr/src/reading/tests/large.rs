//! A large file is read from where it lies, twice, and handed on row by row.

use std::io::{self, Read};

use super::super::{Answers, Outcome, RowOf, Source, ToldKind, Upload, stream};
use crate::rows::Table;

/// Rows of activities that are made while they are read.
struct Made {
    rows: u32,
}

impl Made {
    fn line(number: u32) -> String {
        match number {
            0 => "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours\r\n".to_owned(),
            number => {
                let (day, employee) = (1 + number % 28, number / 28);
                format!("EMP{employee:06},{}/{day:02}/2024,{},5,2,7.5\r\n", 1 + number / 28 % 12, number % 50)
            }
        }
    }
}

struct Lines {
    rows: u32,
    next: u32,
    line: Vec<u8>,
}

impl Read for Lines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() && self.next <= self.rows {
            self.line = Made::line(self.next).into_bytes();
            self.next += 1;
        }
        let length = into.len().min(self.line.len());
        into[..length].copy_from_slice(&self.line[..length]);
        self.line.drain(..length);
        Ok(length)
    }
}

impl Source for Made {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Lines { rows: self.rows, next: 0, line: Vec::new() }))
    }

    fn size(&self) -> u64 {
        (0..=self.rows).map(|number| Self::line(number).len() as u64).sum()
    }
}

#[test]
fn each_row_of_a_large_file_is_handed_on_and_progress_runs_to_its_end() {
    let source = Made { rows: 60_000 };
    let upload = Upload { table: None, name: "large.csv", source: &source, answers: &Answers::default() };
    let (mut count, mut hours, mut last) = (0_u32, 0.0, 0);
    let mut steps = Vec::new();
    let reading = stream(
        &upload,
        &mut |number, row| {
            assert!(number > last, "rows come in their order");
            last = number;
            count += 1;
            if let RowOf::Activity(row) = row {
                hours += row.hours.unwrap_or_default();
            }
        },
        &mut |done, all| steps.push((done, all)),
    )
    .expect("made rows can be read");
    assert_eq!(reading.outcome, Outcome::Read);
    assert_eq!(reading.report.table, Some(Table::Activity));
    assert_eq!((count, last, hours), (60_000, 60_001, 450_000.0));
    assert!(reading.report.problems.is_empty());
    let all = source.size() * 2;
    assert!(steps.len() > 10 && steps.is_sorted() && steps.last() == Some(&(all, all)), "{steps:?}");
}

#[test]
fn a_row_that_says_the_same_again_counts_once_and_is_told() {
    let line = "EMP1,2024-01-15,1,2,3,8\n";
    let text = format!("{}{line}{line}EMP1,2024-01-16,1,2,3,8\n", Made::line(0));
    let (reading, rows) = super::activity(&text);
    assert_eq!(rows.len(), 2);
    let told = reading.report.told.iter().find(|told| told.kind == ToldKind::Repeated).expect("it is told");
    assert_eq!(told.rows, [3]);
}

/// A source that ends with an error in the middle.
struct Broken;

impl Source for Broken {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is gone"))
            }
        }
        let start = Made::line(0).into_bytes().repeat(100);
        Ok(Box::new(io::Cursor::new(start).chain(Fails)))
    }

    fn size(&self) -> u64 {
        1_000_000
    }
}

#[test]
fn a_source_that_fails_is_an_error_and_no_reading() {
    let upload = Upload { table: None, name: "a.csv", source: &Broken, answers: &Answers::default() };
    assert!(stream(&upload, &mut |_, _| {}, &mut |_, _| {}).is_err());
}
