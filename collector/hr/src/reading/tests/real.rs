//! The six real tables, where the environment's ATTUNE_DATA names their folder.

use std::path::PathBuf;

use super::super::{Answers, Outcome, Repeats, ToldKind};
use super::numbered;
use crate::rows::Table;

const FILES: [(Table, &str); 6] = [
    (Table::Activity, "activity_tracker_dataset.csv"),
    (Table::Leave, "leave_dataset.csv"),
    (Table::Onboarding, "onboarding_dataset.csv"),
    (Table::Performance, "performance_dataset.csv"),
    (Table::Rewards, "rewards_dataset.csv"),
    (Table::Vibe, "vibemeter_dataset.csv"),
];

#[test]
fn the_real_tables_are_read_whole_and_known_by_their_headings() {
    let Some(folder) = std::env::var_os("ATTUNE_DATA").map(|folder| PathBuf::from(folder).join("hr")) else {
        eprintln!("left out: ATTUNE_DATA names no folder of real tables");
        return;
    };
    for (table, name) in FILES {
        let bytes = std::fs::read(folder.join(name)).expect("the table can be read");
        // They have employees that begin twice and are reviewed twice for one period; the reference systems count all of it.
        let answers = Answers { repeats: Some(Repeats::Keep), ..Answers::default() };
        let (reading, rows) = numbered(None, name, &bytes, &answers);
        assert_eq!(reading.outcome, Outcome::Read, "{name}");
        assert_eq!(reading.report.table, Some(table), "{name}");
        assert_eq!(rows.len(), 500, "{name}");
        assert!(reading.report.problems.is_empty(), "{name}: {:?}", reading.report.problems);
        // The last day of each leave is the day after the first, whatever its days are: told, and read.
        let differ = reading.report.told.iter().any(|told| told.kind == ToldKind::DaysDiffer);
        assert_eq!(differ, table == Table::Leave, "{name}");
    }
}
