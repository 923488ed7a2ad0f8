//! Scores with intervals, and against chance.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use fastrand::Rng;

const DRAWS: usize = 200;

/// One figure of one network.
#[derive(Clone, Debug)]
pub struct Score {
    /// The network.
    pub task: &'static str,
    /// On what.
    pub on: String,
    /// Which figure.
    pub metric: &'static str,
    /// The figure.
    pub value: f64,
    /// Its 95 % interval: whole groups (people, pictures) drawn again and again.
    pub interval: (f64, f64),
    /// The same figure with the labels shuffled among the items: what chance gives.
    pub shuffled: f64,
    /// Items that it counts.
    pub items: usize,
    /// Groups that they come from.
    pub groups: usize,
    /// Whether none of them was trained on.
    pub unseen: bool,
}

/// Items with what is true and what was found, and the group that each belongs to.
pub(super) struct Items<T, F> {
    pub(super) task: &'static str,
    pub(super) on: String,
    pub(super) unseen: bool,
    rows: Vec<(String, T, F)>,
}

impl<T: Clone, F: Clone> Items<T, F> {
    pub(super) fn new(task: &'static str, on: impl Into<String>, unseen: bool) -> Self {
        Self { task, on: on.into(), unseen, rows: Vec::new() }
    }

    pub(super) fn push(&mut self, group: impl Into<String>, truth: T, found: F) {
        self.rows.push((group.into(), truth, found));
    }

    /// A figure over them; none of no items, or where it is not a number.
    pub(super) fn score(&self, metric: &'static str, figure: impl Fn(&[(T, F)]) -> f64) -> Option<Score> {
        let pairs: Vec<(T, F)> = self.rows.iter().map(|(_, truth, found)| (truth.clone(), found.clone())).collect();
        let value = figure(&pairs);
        if pairs.is_empty() || !value.is_finite() {
            return None;
        }
        let mut random = Rng::with_seed(1);
        let mut truths: Vec<T> = pairs.iter().map(|(truth, _)| truth.clone()).collect();
        random.shuffle(&mut truths);
        let shuffled: Vec<_> = truths.into_iter().zip(&pairs).map(|(truth, pair)| (truth, pair.1.clone())).collect();

        let groups = self.groups();
        let mut figures: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let drawn = (0..groups.len()).flat_map(|_| groups[random.usize(..groups.len())].iter());
                figure(&drawn.map(|&row| pairs[row].clone()).collect::<Vec<_>>())
            })
            .filter(|figure| figure.is_finite())
            .collect();
        figures.sort_by(f64::total_cmp);
        let quantile = |share: f64| {
            let place = (share * figures.len() as f64) as usize;
            figures.get(place.min(figures.len().saturating_sub(1))).copied().unwrap_or(value)
        };
        Some(Score {
            task: self.task,
            on: self.on.clone(),
            metric,
            value,
            interval: (quantile(0.025), quantile(0.975)),
            shuffled: figure(&shuffled),
            items: pairs.len(),
            groups: groups.len(),
            unseen: self.unseen,
        })
    }

    /// Rows of each group.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by(|&a, &b| self.rows[a].0.cmp(&self.rows[b].0));
        order.chunk_by(|&a, &b| self.rows[a].0 == self.rows[b].0).map(<[usize]>::to_vec).collect()
    }
}

/// All scores as a Markdown table.
#[must_use]
pub fn table(scores: &[Score]) -> String {
    let mut lines = String::from(
        "| network | on | trained on | figure | value | 95 % interval | labels shuffled | items | groups |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for Score { task, on, metric, value, interval, shuffled, items, groups, unseen } in scores {
        let seen = if *unseen { "never" } else { "partly" };
        let (low, high) = interval;
        // Writing to a string does not fail.
        let _ = writeln!(
            lines,
            "| {task} | {on} | {seen} | {metric} | {value:.4} | {low:.4} to {high:.4} | {shuffled:.4} | {items} | {groups} |"
        );
    }
    lines
}

/// All scores as CSV.
pub(super) fn write(path: &Path, scores: &[Score]) -> Result<(), Box<dyn Error>> {
    let mut rows = csv::Writer::from_path(path)?;
    rows.write_record(["network", "on", "unseen", "metric", "value", "low", "high", "shuffled", "items", "groups"])?;
    for score in scores {
        let figures = [score.value, score.interval.0, score.interval.1, score.shuffled].map(|v| format!("{v:.6}"));
        let first = [score.task, &score.on, if score.unseen { "true" } else { "false" }, score.metric];
        let counts = [score.items, score.groups].map(|n| n.to_string());
        rows.write_record(first.into_iter().map(str::to_owned).chain(figures).chain(counts))?;
    }
    Ok(rows.flush()?)
}

#[cfg(test)]
mod tests {
    use super::super::metrics::accuracy;
    use super::*;

    #[test]
    fn a_score_has_an_interval_over_groups_and_falls_to_chance_when_labels_are_shuffled() {
        let mut items = Items::new("activity", "made up", true);
        for i in 0..400_usize {
            let class = i % 4;
            let found = if i % 10 == 0 { (class + 1) % 4 } else { class };
            items.push(format!("group {}", i % 20), class, found);
        }
        let score = items.score("accuracy", accuracy).unwrap();
        assert_eq!((score.value, score.items, score.groups), (0.9, 400, 20));
        assert!(score.interval.0 < 0.9 && score.interval.1 > 0.9, "{score:?}");
        assert!((score.shuffled - 0.25).abs() < 0.08, "{score:?}");
        assert!(table(&[score]).contains("| activity | made up | never | accuracy | 0.9000 | "));
        assert!(Items::<usize, usize>::new("activity", "nothing", true).score("accuracy", accuracy).is_none());
    }
}
