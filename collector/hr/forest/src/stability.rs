use super::error::Error;
use super::explain::{FIRST, heaviest};
use super::isolation::{Forest, Settings};
use super::matrix::Matrix;

/// What other draws would have said. What changes with the seed is uncertain, and marked so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stability {
    /// How many seeds there were.
    pub seeds: u32,
    /// For each row in how many it is flagged.
    pub flags: Vec<u32>,
    /// For each of the rows that were asked for, and each column, in how many it is among the first five problems.
    pub firsts: Vec<Vec<u32>>,
}

impl Stability {
    /// Grows a forest from so many seeds, from the settings' own on. `explained` are the rows whose problems are looked at.
    pub fn over(
        rows: Matrix<'_>,
        explained: &[usize],
        settings: &Settings,
        seeds: u32,
        threads: usize,
    ) -> Result<Self, Error> {
        let values: Vec<f64> = explained.iter().flat_map(|row| rows.row(*row)).copied().collect();
        let asked = Matrix::known(&values, rows.width());
        let mut flags = vec![0; rows.len()];
        let mut firsts = vec![vec![0; rows.width()]; explained.len()];
        for number in 0..seeds {
            let seed = settings.seed.wrapping_add(u64::from(number));
            let (forest, decisions) = Forest::fit_and_decide(rows, &Settings { seed, ..*settings }, threads)?;
            for (count, decision) in flags.iter_mut().zip(decisions) {
                *count += u32::from(decision < 0.0);
            }
            forest.shap(asked, threads, |row, contributions| {
                heaviest(contributions).into_iter().take(FIRST).for_each(|feature| firsts[row][feature] += 1);
            })?;
        }
        Ok(Self { seeds, flags, firsts })
    }

    /// Whether a row is flagged by some seeds and not by others.
    pub fn is_uncertain(&self, row: usize) -> bool {
        (1..self.seeds).contains(&self.flags[row])
    }

    /// Whether a column is a first problem of a row that was asked for, by its place among these, whatever the seed.
    pub fn stays(&self, asked: usize, feature: usize) -> bool {
        self.seeds > 0 && self.firsts[asked][feature] == self.seeds
    }
}
