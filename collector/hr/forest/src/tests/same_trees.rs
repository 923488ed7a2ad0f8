//! The same trees give scikit-learn's and shap's numbers; the same seed gives the same trees on every machine.

use serde::Deserialize;

use super::super::lengths::average_length;
use super::super::tree::{Node, Tree};
use super::*;

#[derive(Deserialize)]
struct Fixture {
    prepared: Prepared,
    all_features: Case,
    three_quarters: Case,
    few_and_deep: Case,
}

#[derive(Deserialize)]
struct Prepared {
    width: usize,
    raw: Vec<Option<f64>>,
    medians: Vec<f64>,
    blank_columns: Vec<usize>,
    blanks: Vec<u8>,
    means: Vec<f64>,
    scales: Vec<f64>,
    scaled: Vec<f64>,
}

#[derive(Deserialize)]
struct Case {
    width: usize,
    samples: u32,
    trees: Vec<Grown>,
    /// First such as lie on a threshold, then those that the forest grew from.
    rows: Vec<f64>,
    edges: usize,
    scores: Vec<f64>,
    contamination: f64,
    offset: f64,
    flagged: Vec<usize>,
    base: f64,
    /// Of the first rows.
    contributions: Vec<f64>,
}

/// In preorder; -1 for a leaf, which has no threshold.
#[derive(Deserialize)]
struct Grown {
    features: Vec<i32>,
    thresholds: Vec<f64>,
    samples: Vec<u32>,
}

impl Grown {
    fn tree(&self) -> Tree {
        let mut nodes = Vec::new();
        self.add(&mut nodes, &mut self.thresholds.iter().copied(), 0);
        assert_eq!(nodes.len(), self.features.len());
        Tree { nodes }
    }

    fn add(&self, nodes: &mut Vec<Node>, thresholds: &mut impl Iterator<Item = f64>, depth: u32) {
        let place = nodes.len();
        let samples = self.samples[place];
        let Ok(feature) = u16::try_from(self.features[place]) else {
            nodes.push(Node::Leaf { length: f64::from(depth) + average_length(samples), samples });
            return;
        };
        let threshold = thresholds.next().expect("one for each split");
        nodes.push(Node::Split { feature, threshold, above: 0, samples });
        self.add(nodes, thresholds, depth + 1);
        nodes[place] = Node::Split { feature, threshold, above: nodes.len() as u32, samples };
        self.add(nodes, thresholds, depth + 1);
    }
}

impl Case {
    fn rows(&self) -> Matrix<'_> {
        Matrix::new(&self.rows, self.width).expect("a table")
    }

    fn forest(&self) -> Forest {
        let mut forest = Forest {
            trees: self.trees.iter().map(Grown::tree).collect(),
            width: self.width,
            unit: average_length(self.samples),
            grown_from: Vec::new(),
            offset: 0.0,
        };
        forest.grown_from = forest.score_samples(self.rows(), 2).expect("scores").split_off(self.edges);
        forest.grown_from.sort_by(f64::total_cmp);
        forest.offset = forest.offset_at(self.contamination);
        forest
    }
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../fixture.json")).expect("a fixture")
}

fn cases() -> [Case; 3] {
    let fixture = fixture();
    [fixture.all_features, fixture.three_quarters, fixture.few_and_deep]
}

fn assert_near(found: &[f64], wanted: &[f64], bound: f64) {
    assert_eq!(found.len(), wanted.len());
    for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert!((found - wanted).abs() <= bound * wanted.abs().max(1.0), "{place}: {found} and not {wanted}");
    }
}

#[test]
fn scores_and_the_line_are_scikit_learns_also_on_the_edge() {
    for case in cases() {
        let forest = case.forest();
        let scores = forest.score_samples(case.rows(), 2).expect("scores");
        for (score, wanted) in scores.iter().zip(&case.scores) {
            assert!((score / wanted - 1.0).abs() <= 1e-12, "{score} and not {wanted}");
        }
        assert_eq!(scores.len(), case.scores.len());
        assert!((forest.offset() / case.offset - 1.0).abs() <= 1e-12);
        let decisions = forest.decision(case.rows(), 1).expect("decisions").split_off(case.edges);
        let flagged: Vec<usize> = (0..decisions.len()).filter(|row| decisions[*row] < 0.0).collect();
        assert_eq!(flagged, case.flagged);
    }
}

#[test]
fn contributions_and_their_base_are_shaps() {
    for case in cases() {
        let forest = case.forest();
        assert!((forest.base() - case.base).abs() <= 1e-9);
        let count = case.contributions.len() / case.width;
        let rows = Matrix::new(&case.rows[..count * case.width], case.width).expect("a table");
        let found = contributions(&forest, rows, 2).concat();
        assert_eq!(found.len(), case.contributions.len());
        for (found, wanted) in found.iter().zip(&case.contributions) {
            assert!((found - wanted).abs() <= 1e-9, "{found} and not {wanted}");
        }
    }
}

#[test]
fn blanks_and_scales_are_scikit_learns() {
    let wanted = fixture().prepared;
    let medians = Medians::fit(&wanted.raw, wanted.width).expect("a table");
    assert_near(medians.values(), &wanted.medians, 0.0);
    let filled = medians.fill(&wanted.raw).expect("a table");
    let of_row = |row: &[bool]| wanted.blank_columns.iter().map(|column| u8::from(row[*column])).collect::<Vec<_>>();
    let blanks: Vec<u8> = filled.blank.chunks_exact(wanted.width).flat_map(of_row).collect();
    assert_eq!(blanks, wanted.blanks);
    let rows = Matrix::new(&filled.values, wanted.width).expect("a table");
    let scale = Scale::fit(rows).expect("rows");
    assert_near(scale.means(), &wanted.means, 1e-12);
    assert_near(scale.deviations(), &wanted.scales, 1e-12);
    assert_near(&scale.apply(rows).expect("the same columns"), &wanted.scaled, 1e-12);
}

/// What a row's path is on average if only some columns are known, bit by bit: the definition itself.
fn known(tree: &Tree, at: usize, row: &[f32], columns: u32) -> f64 {
    match tree.nodes[at] {
        Node::Leaf { length, .. } => length,
        Node::Split { feature, threshold, above, samples } => {
            let (low, high) = (at + 1, above as usize);
            let value = row[usize::from(feature)];
            if columns & (1_u32 << feature) != 0 {
                known(tree, if f64::from(value) <= threshold { low } else { high }, row, columns)
            } else {
                let share = f64::from(tree.nodes[low].samples()) / f64::from(samples);
                share * known(tree, low, row, columns) + (1.0 - share) * known(tree, high, row, columns)
            }
        }
    }
}

#[test]
fn contributions_are_shapley_values_by_their_definition() {
    let [.., case] = cases();
    let (forest, width) = (case.forest(), case.width);
    let rows = Matrix::new(&case.rows[..width * 4], width).expect("a table");
    let narrowed = rows.narrowed(0..4);
    let orders: u32 = (1..=width as u32).product();
    let factorial = |number: u32| (1..=number).product::<u32>();
    for (row, found) in narrowed.chunks_exact(width).zip(contributions(&forest, rows, 1)) {
        let mut wanted = vec![0.0; width];
        for tree in &forest.trees {
            let lengths: Vec<f64> = (0..1_u32 << width).map(|columns| known(tree, 0, row, columns)).collect();
            for (column, wanted) in wanted.iter_mut().enumerate() {
                for without in (0..1_u32 << width).filter(|columns| columns & (1_u32 << column) == 0) {
                    let before = without.count_ones();
                    let weight =
                        f64::from(factorial(before) * factorial(width as u32 - before - 1)) / f64::from(orders);
                    *wanted += weight * (lengths[(without | (1_u32 << column)) as usize] - lengths[without as usize]);
                }
            }
        }
        wanted.iter_mut().for_each(|value| *value /= forest.trees.len() as f64);
        assert_near(&found, &wanted, 1e-12);
    }
}

/// A number for all that a forest is.
fn digest(forest: &Forest) -> u64 {
    let numbers = |node: &Node| match *node {
        Node::Split { feature, threshold, above, samples } => {
            vec![u64::from(feature), threshold.to_bits(), u64::from(above), u64::from(samples)]
        }
        Node::Leaf { length, samples } => vec![length.to_bits(), u64::from(samples)],
    };
    let all = forest.trees.iter().flat_map(|tree| &tree.nodes).flat_map(numbers);
    all.fold(0xcbf2_9ce4_8422_2325, |sum, number| (sum ^ number).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn a_seed_gives_the_forest_that_it_gave_everywhere_to_the_last_bit() {
    let value = |(row, column): (usize, usize)| ((row * 37 + column * 101 + row * column % 13 * 7) % 997) as f64 / 10.0;
    let values: Vec<f64> = (0..1800).map(|place| value((place / 6, place % 6))).collect();
    let rows = Matrix::new(&values, 6).expect("a table");
    let forest = Forest::fit(rows, &settings(20), 2).expect("a forest");
    assert_eq!(digest(&forest), 0xee83_403e_68f6_fc7d);
    let half = Settings { features: 0.5, seed: 7, ..settings(20) };
    assert_eq!(digest(&Forest::fit(rows, &half, 2).expect("a forest")), 0xef3f_2a75_0a8d_b1dc);
    let scores = forest.score_samples(rows, 2).expect("scores");
    let bits = [0, 150, 299].map(|row| scores[row].to_bits());
    assert_eq!(bits, [0xbfe2_6b21_0391_0592, 0xbfdf_b19c_d4cc_621b, 0xbfdd_46a1_adf0_040d]);
}
