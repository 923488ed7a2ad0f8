use super::counterfactual::{Counterfactual, Question};
use super::error::Error;
use super::explain::Explanation;
use super::impute::{Filled, Medians};
use super::isolation::{Forest, Settings};
use super::matrix::Matrix;
use super::ordinary::{Span, middles, nearest, spans};
use super::scale::Scale;
use super::stability::Stability;

/// A table looked through: blanks filled, columns scaled, a forest grown, each row on one side of its line. Rows and columns go by their
/// places; nothing here knows whose they are.
#[derive(Clone, Debug)]
pub struct Detection {
    width: usize,
    settings: Settings,
    medians: Medians,
    filled: Filled,
    scale: Scale,
    scaled: Vec<f64>,
    forest: Forest,
    decisions: Vec<f64>,
    ordinary: Vec<usize>,
    middles: Vec<f64>,
}

impl Detection {
    /// Of values row by row; `None` is a blank.
    pub fn of(values: &[Option<f64>], width: usize, settings: &Settings, threads: usize) -> Result<Self, Error> {
        let medians = Medians::fit(values, width)?;
        let filled = medians.fill(values)?;
        let rows = Matrix::new(&filled.values, width)?;
        let scale = Scale::fit(rows)?;
        let scaled = scale.apply(rows)?;
        let (forest, decisions) = Forest::fit_and_decide(Matrix::new(&scaled, width)?, settings, threads)?;
        let ordinary: Vec<usize> = (0..decisions.len()).filter(|row| decisions[*row] >= 0.0).collect();
        let middles = middles(rows, &ordinary);
        Ok(Self { width, settings: *settings, medians, filled, scale, scaled, forest, decisions, ordinary, middles })
    }

    /// What blanks were filled with, for each column.
    pub fn medians(&self) -> &[f64] {
        self.medians.values()
    }

    /// The forest.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// For each row how far it lies on the ordinary side of the line.
    pub fn decisions(&self) -> &[f64] {
        &self.decisions
    }

    /// Rows beyond the line, the most unusual first; of two that are as unusual the one that stands first.
    pub fn flagged(&self) -> Vec<usize> {
        self.beyond(0.0)
    }

    /// Rows that another sensitivity would flag, the most unusual first.
    pub fn flagged_with(&self, contamination: f64) -> Vec<usize> {
        self.beyond(self.forest.offset_at(contamination) - self.forest.offset())
    }

    fn beyond(&self, line: f64) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.decisions.len()).filter(|row| self.decisions[*row] < line).collect();
        rows.sort_by(|left, right| self.decisions[*left].total_cmp(&self.decisions[*right]));
        rows
    }

    /// What each column adds to the paths of some rows, in their order; `each` is told the row's place in the table.
    pub fn contributions(
        &self,
        rows: &[usize],
        threads: usize,
        mut each: impl FnMut(usize, &[f64]),
    ) -> Result<(), Error> {
        let scaled = self.scaled();
        let values: Vec<f64> = rows.iter().flat_map(|row| scaled.row(*row)).copied().collect();
        self.forest.shap(Matrix::known(&values, self.width), threads, |place, row| each(rows[place], row))
    }

    /// Why a row is unusual, of its contributions.
    pub fn explain(&self, row: usize, contributions: &[f64]) -> Explanation {
        Explanation::of(contributions, &self.filled.blank[row * self.width..][..self.width])
    }

    /// What other draws would have said of all rows, and of the problems of some.
    pub fn stability(&self, explained: &[usize], seeds: u32, threads: usize) -> Result<Stability, Error> {
        Stability::over(self.scaled(), explained, &self.settings, seeds, threads)
    }

    /// For each column what the three ordinary rows have that are nearest to one; not whose they are.
    pub fn nearest(&self, row: usize) -> Vec<Option<Span>> {
        let nearest = nearest(self.scaled(), &self.ordinary, row);
        spans(self.filled(), &self.filled.blank, &nearest)
    }

    /// What would have to be otherwise for a row's flag to go, if only columns change for which `mutable` holds and whose value is known.
    pub fn counterfactual(
        &self,
        row: usize,
        contributions: &[f64],
        mutable: &[bool],
    ) -> Result<Option<Counterfactual>, Error> {
        if let Some(found) = [contributions.len(), mutable.len()].into_iter().find(|width| *width != self.width) {
            return Err(Error::Width { wanted: self.width, found });
        }
        let blank = &self.filled.blank[row * self.width..][..self.width];
        let may_change: Vec<bool> = mutable.iter().zip(blank).map(|(mutable, blank)| *mutable && !blank).collect();
        let question = Question {
            row: self.filled().row(row),
            contributions,
            may_change: &may_change,
            middles: &self.middles,
            deviations: self.scale.deviations(),
        };
        Ok(question.answer(|changed| {
            let scaled: Vec<f64> = self.scale.apply_to(changed).collect();
            self.forest.decision_of(Matrix::known(&scaled, self.width))
        }))
    }

    fn filled(&self) -> Matrix<'_> {
        Matrix::known(&self.filled.values, self.width)
    }

    fn scaled(&self) -> Matrix<'_> {
        Matrix::known(&self.scaled, self.width)
    }
}
