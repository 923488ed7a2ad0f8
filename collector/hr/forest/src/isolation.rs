use std::thread;

use super::error::Error;
use super::lengths::{average_length, score};
use super::matrix::Matrix;
use super::random::Random;
use super::shap;
use super::threads::within;
use super::tree::{Ground, Tree};

/// Rows that pass through all trees before the next ones do: they stay near the processor.
const BLOCK: usize = 512;
const MOST_TREES: usize = 10_000;
const MOST_SAMPLES: usize = 1 << 16;

/// How a forest grows and where it draws the line. What comes by default is Elara's.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// How many trees, up to 10,000.
    pub trees: usize,
    /// How many rows each sees, up to 65,536; all where there are fewer.
    pub samples: usize,
    /// What share of the columns each sees; at least one.
    pub features: f64,
    /// What share of the rows lies beyond the line, above 0 and up to a half: the sensitivity.
    pub contamination: f64,
    /// What the draws begin with.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trees: 700, samples: 256, features: 1.0, contamination: 0.05, seed: 42 }
    }
}

impl Settings {
    fn check(&self) -> Result<(), Error> {
        let bounds = [
            ("trees", (1..=MOST_TREES).contains(&self.trees)),
            ("samples", (1..=MOST_SAMPLES).contains(&self.samples)),
            ("features", self.features > 0.0 && self.features <= 1.0),
            ("contamination", self.contamination > 0.0 && self.contamination <= 0.5),
        ];
        bounds.into_iter().find(|(_, kept)| !kept).map_or(Ok(()), |(name, _)| Err(Error::Setting(name)))
    }
}

/// Trees that tell how soon a row stands alone, and the line beyond which that is too soon.
#[derive(Clone, PartialEq, Debug)]
pub struct Forest {
    pub(super) trees: Vec<Tree>,
    pub(super) width: usize,
    /// The average path among as many rows as a tree saw.
    pub(super) unit: f64,
    /// Scores of the rows that it grew from, the most unusual first.
    pub(super) grown_from: Vec<f64>,
    pub(super) offset: f64,
}

impl Forest {
    /// Grows one. The same rows and settings give the same one, on every machine and with any number of threads.
    pub fn fit(rows: Matrix<'_>, settings: &Settings, threads: usize) -> Result<Self, Error> {
        Self::fit_and_decide(rows, settings, threads).map(|(forest, _)| forest)
    }

    /// Grows one, and says what it decides of the rows that it grew from: they pass through it once.
    pub(super) fn fit_and_decide(
        rows: Matrix<'_>,
        settings: &Settings,
        threads: usize,
    ) -> Result<(Self, Vec<f64>), Error> {
        settings.check()?;
        if rows.is_empty() {
            return Err(Error::NoRows);
        }
        let width = rows.width();
        let values = rows.narrowed(0..rows.len());
        let features = ((settings.features * width as f64) as usize).max(1);
        let ground = Ground { values: &values, width, samples: settings.samples.min(rows.len()), features };
        let unit = average_length(ground.samples as u32);
        let trees = grow(&ground, settings, threads);
        let mut forest = Self { trees, width, unit, grown_from: Vec::new(), offset: -0.5 };
        let mut scores = forest.score_samples(rows, threads)?;
        forest.grown_from.clone_from(&scores);
        forest.grown_from.sort_by(f64::total_cmp);
        forest.offset = forest.offset_at(settings.contamination);
        scores.iter_mut().for_each(|score| *score -= forest.offset);
        Ok((forest, scores))
    }

    /// The line that leaves such a share of the rows it grew from beyond: a preview of another sensitivity needs no other forest.
    pub fn offset_at(&self, contamination: f64) -> f64 {
        // NumPy's percentile: between two rows, from the nearer one.
        let place = (self.grown_from.len() - 1) as f64 * contamination.clamp(0.0, 1.0);
        let (low, part) = (self.grown_from[place as usize], place.fract());
        let high = self.grown_from.get(place as usize + 1).copied().unwrap_or(low);
        if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
    }

    /// The line: a score below it is flagged.
    pub fn offset(&self) -> f64 {
        self.offset
    }

    /// Scores from -1, most unusual, to 0; scikit-learn's `score_samples`.
    pub fn score_samples(&self, rows: Matrix<'_>, threads: usize) -> Result<Vec<f64>, Error> {
        self.check(rows)?;
        let mut scores = vec![0.0; rows.len()];
        let share = rows.len().div_ceil(within(threads)).max(1);
        thread::scope(|scope| {
            for (place, part) in scores.chunks_mut(share).enumerate() {
                scope.spawn(move || self.score_some(rows, place * share, part));
            }
        });
        Ok(scores)
    }

    fn score_some(&self, rows: Matrix<'_>, first: usize, scores: &mut [f64]) {
        for (place, block) in scores.chunks_mut(BLOCK).enumerate() {
            let begin = first + place * BLOCK;
            let values = rows.narrowed(begin..begin + block.len());
            for tree in &self.trees {
                for (row, length) in values.chunks_exact(self.width).zip(&mut *block) {
                    *length += tree.length(row);
                }
            }
            block.iter_mut().for_each(|value| *value = self.score_of(*value / self.trees.len() as f64));
        }
    }

    /// How far rows lie on the ordinary side of the line; scikit-learn's `decision_function`. Who is below 0 is flagged.
    pub fn decision(&self, rows: Matrix<'_>, threads: usize) -> Result<Vec<f64>, Error> {
        let mut scores = self.score_samples(rows, threads)?;
        scores.iter_mut().for_each(|score| *score -= self.offset);
        Ok(scores)
    }

    /// That of one row, here and now: it has as many columns as the forest.
    pub(super) fn decision_of(&self, row: Matrix<'_>) -> f64 {
        let mut score = [0.0];
        self.score_some(row, 0, &mut score);
        score[0] - self.offset
    }

    /// The score of an average path, and so of what contributions and their base add up to:
    /// `score_of(base() + contributions.sum())` is the row's score.
    pub fn score_of(&self, length: f64) -> f64 {
        score(length, self.unit)
    }

    /// How long paths are before anything is known of a row: what contributions are added to. One for all rows.
    pub fn base(&self) -> f64 {
        self.trees.iter().map(Tree::mean_length).sum::<f64>() / self.trees.len() as f64
    }

    /// What each column adds to the path of each row, as shap's `TreeExplainer` says it ("tree_path_dependent"): below 0 the column
    /// makes the row more unusual. Rows come in their order, one at a time, and are not kept.
    pub fn shap(&self, rows: Matrix<'_>, threads: usize, each: impl FnMut(usize, &[f64])) -> Result<(), Error> {
        self.check(rows)?;
        shap::contributions(&self.trees, rows, threads, each);
        Ok(())
    }

    fn check(&self, rows: Matrix<'_>) -> Result<(), Error> {
        if rows.width() == self.width { Ok(()) } else { Err(Error::Width { wanted: self.width, found: rows.width() }) }
    }
}

fn grow(ground: &Ground<'_>, settings: &Settings, threads: usize) -> Vec<Tree> {
    let rows = (ground.values.len() / ground.width) as u32;
    let mut trees: Vec<Option<Tree>> = vec![None; settings.trees];
    let share = settings.trees.div_ceil(within(threads));
    thread::scope(|scope| {
        for (place, part) in trees.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                let mut order: Vec<u32> = (0..rows).collect();
                for (number, tree) in part.iter_mut().enumerate() {
                    let random = Random::of(settings.seed, (place * share + number) as u64);
                    *tree = Some(ground.grow(random, &mut order));
                }
            });
        }
    });
    trees.into_iter().flatten().collect()
}
