use super::lengths::average_length;
use super::random::Random;

/// What differs by less is the same: scikit-learn's bound.
const CONSTANT: f32 = 1e-7;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Node {
    /// Who has at most the threshold goes on at the next node, who has more at `above`.
    Split { feature: u16, threshold: f64, above: u32, samples: u32 },
    /// Where a path ends, and how long it was: its steps, and what would have followed if the tree were deeper.
    Leaf { length: f64, samples: u32 },
}

impl Node {
    /// How many rows came by when the tree grew.
    pub(super) fn samples(&self) -> u32 {
        match self {
            Self::Split { samples, .. } | Self::Leaf { samples, .. } => *samples,
        }
    }
}

/// How a node is come to from the one above it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: usize,
    /// Whether who has at most the threshold comes here.
    pub(super) low: bool,
    pub(super) feature: usize,
    pub(super) threshold: f64,
}

/// Nodes in preorder; never none.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    /// How long the path of a row is.
    pub(super) fn length(&self, row: &[f32]) -> f64 {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf { length, .. } => return length,
                Node::Split { feature, threshold, above, .. } => {
                    at = if f64::from(row[usize::from(feature)]) <= threshold { at + 1 } else { above as usize };
                }
            }
        }
    }

    /// How each node is come to: all but the first.
    pub(super) fn edges(&self) -> Vec<Option<Edge>> {
        let mut edges = vec![None; self.nodes.len()];
        for (from, node) in self.nodes.iter().enumerate() {
            if let Node::Split { feature, threshold, above, .. } = *node {
                for (place, low) in [(from + 1, true), (above as usize, false)] {
                    edges[place] = Some(Edge { from, low, feature: usize::from(feature), threshold });
                }
            }
        }
        edges
    }

    /// How many steps the longest path has.
    pub(super) fn deepest(&self) -> usize {
        let mut depths: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for edge in self.edges() {
            depths.push(edge.map_or(0, |edge| depths[edge.from] + 1));
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// How long it is on average, over the rows that the tree grew from.
    pub(super) fn mean_length(&self) -> f64 {
        let mut sum = 0.0;
        for node in &self.nodes {
            if let Node::Leaf { length, samples } = node {
                sum += length * f64::from(*samples);
            }
        }
        sum / f64::from(self.nodes[0].samples())
    }
}

/// What a tree grows from.
pub(super) struct Ground<'a> {
    /// Row by row.
    pub(super) values: &'a [f32],
    pub(super) width: usize,
    /// How many rows a tree sees.
    pub(super) samples: usize,
    /// How many columns it sees.
    pub(super) features: usize,
}

impl Ground<'_> {
    /// Grows a tree. `order` names each row once, and does so afterwards as before.
    pub(super) fn grow(&self, mut random: Random, order: &mut [u32]) -> Tree {
        let mut features: Vec<u16> = (0..self.width as u16).collect();
        random.bring_forward(&mut features, self.features);
        features.truncate(self.features);
        let exchanged = random.bring_forward(order, self.samples);
        let mut sample = order[..self.samples].to_vec();
        exchanged.iter().enumerate().rev().for_each(|(place, other)| order.swap(place, *other));
        let deepest = self.samples.max(2).next_power_of_two().ilog2();
        let mut growth = Growth { ground: self, features, random, deepest, nodes: Vec::new() };
        growth.add(&mut sample, 0);
        Tree { nodes: growth.nodes }
    }

    fn value(&self, row: u32, feature: u16) -> f32 {
        self.values[row as usize * self.width + usize::from(feature)]
    }
}

/// A tree that grows.
struct Growth<'a> {
    ground: &'a Ground<'a>,
    features: Vec<u16>,
    random: Random,
    deepest: u32,
    nodes: Vec<Node>,
}

impl Growth<'_> {
    fn add(&mut self, sample: &mut [u32], depth: u32) {
        let samples = sample.len() as u32;
        let cut = if samples > 1 && depth < self.deepest { self.cut(sample) } else { None };
        let Some((feature, threshold)) = cut else {
            let length = f64::from(depth) + average_length(samples);
            self.nodes.push(Node::Leaf { length, samples });
            return;
        };
        let place = self.nodes.len();
        self.nodes.push(Node::Split { feature, threshold, above: 0, samples });
        let mut middle = 0;
        for at in 0..sample.len() {
            if f64::from(self.ground.value(sample[at], feature)) <= threshold {
                sample.swap(middle, at);
                middle += 1;
            }
        }
        let (low, high) = sample.split_at_mut(middle);
        self.add(low, depth + 1);
        self.nodes[place] = Node::Split { feature, threshold, above: self.nodes.len() as u32, samples };
        self.add(high, depth + 1);
    }

    /// A column, as likely as any other in which the rows differ, and a threshold between their least and their greatest.
    fn cut(&mut self, sample: &[u32]) -> Option<(u16, f64)> {
        for place in 0..self.features.len() {
            let other = place + self.random.below(self.features.len() - place);
            self.features.swap(place, other);
            let feature = self.features[place];
            let values = sample.iter().map(|row| self.ground.value(*row, feature));
            let (least, greatest) =
                values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
            if greatest > least + CONSTANT {
                let (least, greatest) = (f64::from(least), f64::from(greatest));
                let threshold = least + self.random.share() * (greatest - least);
                // Rounded, it may be the greatest, and nobody would go above.
                return Some((feature, if threshold < greatest { threshold } else { least }));
            }
        }
        None
    }
}
