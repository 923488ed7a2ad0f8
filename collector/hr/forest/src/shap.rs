//! Shapley values of paths, exact, in a step for each node and row.
//!
//! Lundberg et al. (2018) visit each leaf with all that its path has met, in O(L D^2). A leaf is a game of factors: who knows a column
//! follows the row (1 or 0), who does not goes each way as often as the rows that the tree grew from. The value of such a game for a
//! column is the integral, over the share t of columns that are known, of its own difference times the other columns' factors
//! t o + (1 - t) z (Owen 1972). That is a polynomial in t of a degree below the number of columns met, so that Gauss and Legendre's
//! rule with half as many points is exact: products are kept for its few points, once a node on the way down and once on the way up.
//!
//! Values are compared with 32 bits, as the forest's own scores are. shap 0.51 compares 64: of a row on the very edge of a split it
//! explains another path than scikit-learn scores.

use std::thread;

use super::matrix::Matrix;
use super::threads::within;
use super::tree::{Edge, Node, Tree};

/// Rows whose contributions a thread holds at once.
const BLOCK: usize = 256;

/// Points and weights of Gauss and Legendre's rule on [0,1]: exact up to the degree 7, and 15.
const FOUR: Rule<4> = Rule {
    points: [0.069_431_844_202_973_71, 0.330_009_478_207_571_87, 0.669_990_521_792_428_1, 0.930_568_155_797_026_3],
    weights: [0.173_927_422_568_726_92, 0.326_072_577_431_273_05, 0.326_072_577_431_273_05, 0.173_927_422_568_726_92],
};
const EIGHT: Rule<8> = Rule {
    points: [
        0.019_855_071_751_231_884,
        0.101_666_761_293_186_64,
        0.237_233_795_041_835_5,
        0.408_282_678_752_175_1,
        0.591_717_321_247_825,
        0.762_766_204_958_164_5,
        0.898_333_238_706_813_4,
        0.980_144_928_248_768_1,
    ],
    weights: [
        0.050_614_268_145_188_13,
        0.111_190_517_226_687_24,
        0.156_853_322_938_943_63,
        0.181_341_891_689_181,
        0.181_341_891_689_181,
        0.156_853_322_938_943_63,
        0.111_190_517_226_687_24,
        0.050_614_268_145_188_13,
    ],
};

#[derive(Clone, Copy)]
struct Rule<const P: usize> {
    points: [f64; P],
    weights: [f64; P],
}

/// Gives what each column adds to the mean path of each row. A row's numbers are added up in the order of the trees by one thread, and so
/// are the same with any number of them.
pub(super) fn contributions(trees: &[Tree], rows: Matrix<'_>, threads: usize, mut each: impl FnMut(usize, &[f64])) {
    let deepest = trees.iter().map(Tree::deepest).max().unwrap_or(0);
    let (width, threads) = (rows.width(), within(threads));
    let together = BLOCK * threads;
    let mut values = vec![0.0; together.min(rows.len()) * width];
    for first in (0..rows.len()).step_by(together) {
        let count = together.min(rows.len() - first);
        let share = count.div_ceil(threads);
        let values = &mut values[..count * width];
        values.fill(0.0);
        thread::scope(|scope| {
            for (place, part) in values.chunks_mut(share * width).enumerate() {
                let begin = first + place * share;
                let narrowed = rows.narrowed(begin..begin + part.len() / width);
                // No path meets more columns than it has steps, and none of ours has more than 16.
                if deepest <= 8 {
                    scope.spawn(move || add_all(trees, &FOUR, &narrowed, width, part));
                } else {
                    scope.spawn(move || add_all(trees, &EIGHT, &narrowed, width, part));
                }
            }
        });
        for (place, row) in values.chunks_exact(width).enumerate() {
            each(first + place, row);
        }
    }
}

fn add_all<const P: usize>(trees: &[Tree], rule: &Rule<P>, rows: &[f32], width: usize, values: &mut [f64]) {
    let mut scratch = Scratch::default();
    for tree in trees {
        let steps = steps(tree, rule);
        for (row, values) in rows.chunks_exact(width).zip(values.chunks_exact_mut(width)) {
            scratch.add(&steps, row, values);
        }
    }
    values.iter_mut().for_each(|value| *value /= trees.len() as f64);
}

/// The step to a node from the one above it, as far as no row changes it. The first is the root's: no step at all.
struct Step<const P: usize> {
    from: usize,
    feature: usize,
    threshold: f64,
    /// Whether who has at most the threshold comes here.
    low: bool,
    /// The last step before it that asked for the same column; this one's own place where there is none.
    earlier: usize,
    /// What the product is multiplied by: if the row came this way by all steps that ask for the column; if it did by all but this one;
    /// if it had left before.
    factors: [[f64; P]; 3],
    /// What turns the sum of products below into what the column adds: if the row did not come this way, and if it did.
    gains: [[f64; P]; 2],
    /// How long the path is that ends here; 0 where it goes on.
    length: f64,
}

fn steps<const P: usize>(tree: &Tree, rule: &Rule<P>) -> Vec<Step<P>> {
    let one = [1.0; P];
    let mut steps: Vec<Step<P>> = Vec::with_capacity(tree.nodes.len());
    // How often rows come by all of a path's steps that ask for one column, for each step.
    let mut shares: Vec<f64> = Vec::with_capacity(tree.nodes.len());
    for (place, (node, edge)) in tree.nodes.iter().zip(tree.edges()).enumerate() {
        let length = if let Node::Leaf { length, .. } = node { *length } else { 0.0 };
        let Some(Edge { from, low, feature, threshold }) = edge else {
            let (factors, gains) = ([one; 3], [[0.0; P]; 2]);
            steps.push(Step { from: 0, feature: 0, threshold: 0.0, low: true, earlier: 0, factors, gains, length });
            shares.push(1.0);
            continue;
        };
        let earlier = earlier(&steps, from, feature);
        let share = f64::from(node.samples()) / f64::from(tree.nodes[from].samples());
        let before = earlier.map_or(1.0, |earlier| shares[earlier]);
        let share_of_all = before * share;
        shares.push(share_of_all);
        let known = |share: f64| rule.points.map(|t| t + (1.0 - t) * share);
        let left = |share: f64| rule.points.map(|t| (1.0 - t) * share);
        // Where the column was asked for before, its factor gives way to the new one.
        let (old_known, old_left) = if earlier.is_some() { (known(before), left(before)) } else { (one, one) };
        let (new_known, new_left) = (known(share_of_all), left(share_of_all));
        let factors = [over(new_known, old_known), over(new_left, old_known), over(new_left, old_left)];
        let gain = |difference: f64, factor: [f64; P]| over(rule.weights.map(|weight| weight * difference), factor);
        let gains = [gain(-share_of_all, new_left), gain(1.0 - share_of_all, new_known)];
        steps.push(Step { from, feature, threshold, low, earlier: earlier.unwrap_or(place), factors, gains, length });
    }
    steps
}

/// The step on the way to a node that asked for a column last.
fn earlier<const P: usize>(steps: &[Step<P>], mut at: usize, feature: usize) -> Option<usize> {
    while at > 0 {
        if steps[at].feature == feature {
            return Some(at);
        }
        at = steps[at].from;
    }
    None
}

fn over<const P: usize>(mut values: [f64; P], by: [f64; P]) -> [f64; P] {
    for (value, by) in values.iter_mut().zip(by) {
        *value /= by;
    }
    values
}

/// What one row makes of the steps of one tree; kept for the next.
struct Scratch<const P: usize> {
    products: Vec<[f64; P]>,
    /// Of what lies below each node: lengths times products.
    sums: Vec<[f64; P]>,
    /// Whether the row comes by all steps so far that ask for the step's column.
    comes: Vec<bool>,
}

impl<const P: usize> Default for Scratch<P> {
    fn default() -> Self {
        Self { products: Vec::new(), sums: Vec::new(), comes: Vec::new() }
    }
}

impl<const P: usize> Scratch<P> {
    fn add(&mut self, steps: &[Step<P>], row: &[f32], values: &mut [f64]) {
        self.products.resize(steps.len(), [1.0; P]);
        self.sums.resize(steps.len(), [0.0; P]);
        self.comes.resize(steps.len(), true);
        let (products, sums, comes) = (&mut self.products[..], &mut self.sums[..], &mut self.comes[..]);
        products[0] = [1.0; P];
        sums[0] = [0.0; P];
        for (place, step) in steps.iter().enumerate().skip(1) {
            let came = step.earlier == place || comes[step.earlier];
            let come = came && (f64::from(row[step.feature]) <= step.threshold) == step.low;
            comes[place] = come;
            let factor = &step.factors[match (come, came) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => 2,
            }];
            let mut product = products[step.from];
            let mut sum = [0.0; P];
            for ((product, sum), factor) in product.iter_mut().zip(&mut sum).zip(factor) {
                *product *= factor;
                *sum = *product * step.length;
            }
            products[place] = product;
            sums[place] = sum;
        }
        for (place, step) in steps.iter().enumerate().skip(1).rev() {
            let sum = sums[place];
            let mut gain = dot(&step.gains[usize::from(comes[place])], &sum);
            if step.earlier != place {
                // Below here it is this step's difference that counts, no longer that one's.
                gain -= dot(&steps[step.earlier].gains[usize::from(comes[step.earlier])], &sum);
            }
            values[step.feature] += gain;
            for (above, sum) in sums[step.from].iter_mut().zip(sum) {
                *above += sum;
            }
        }
    }
}

fn dot<const P: usize>(left: &[f64; P], right: &[f64; P]) -> f64 {
    left.iter().zip(right).fold(0.0, |sum, (left, right)| sum + left * right)
}
