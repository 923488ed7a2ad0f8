use std::collections::BTreeMap;

use super::{Bucket, Chart, Seen};
use crate::table::{Cell, Column, Row, Table};
use crate::words::{decimal, words};

impl Chart {
    /// The numbers that the chart shows, a row for each stretch of time.
    pub(super) fn numbers(&self) -> Table {
        let texts = &words().chart;
        let mut rows: BTreeMap<(i64, i64), Vec<Option<&Bucket>>> = BTreeMap::new();
        for (place, series) in self.series.iter().enumerate() {
            for bucket in &series.buckets {
                let cells = rows.entry((bucket.from, bucket.to)).or_insert_with(|| vec![None; self.series.len()]);
                cells[place] = Some(bucket);
            }
        }
        let mut columns = vec![Column::new(texts.time.as_str())];
        for series in &self.series {
            columns.push(Column::number(series.label.as_str()));
            if has_usual(&series.buckets) {
                columns.push(Column::number(texts.usual.as_str()));
            }
        }
        let mut table = Table::new(self.title.as_str(), columns);
        for ((from, to), buckets) in rows {
            let mut cells = vec![Cell::text(self.calendar.span(from, to))];
            for (bucket, series) in buckets.into_iter().zip(&self.series) {
                cells.push(bucket.map_or_else(Cell::none, |bucket| Cell::text(self.said(&bucket.seen))));
                if has_usual(&series.buckets) {
                    let usual = bucket.and_then(|bucket| bucket.usual);
                    cells.push(usual.map_or_else(Cell::none, |usual| Cell::value(usual, self.decimals)));
                }
            }
            table = table.row(Row::new(cells));
        }
        table
    }

    /// What was seen, in words.
    pub(super) fn said(&self, seen: &Seen) -> String {
        let texts = &words().chart;
        match seen {
            Seen::Value { value, low, high } => {
                let [value, low, high] = [value, low, high].map(|value| decimal(*value, self.decimals));
                // What is known as it stands lies between nothing.
                if low == value && high == value {
                    return value;
                }
                texts.value.fill(&[("value", &value), ("low", &low), ("high", &high)])
            }
            Seen::Gap(why) => texts.gap.with("why", why),
            Seen::Withheld(why) => texts.withheld.with("why", why),
        }
    }
}

pub(super) fn has_usual(buckets: &[Bucket]) -> bool {
    buckets.iter().any(|bucket| bucket.usual.is_some())
}
