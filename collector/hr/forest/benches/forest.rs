//! What Elara's forest costs on one core: 500 people, 20 columns, 700 trees.

use attune_forest::{Forest, Matrix, Settings};
use criterion::{Criterion, criterion_group, criterion_main};

const ROWS: usize = 500;
const WIDTH: usize = 20;

/// Numbers that look drawn, some columns with ties.
fn table() -> Vec<f64> {
    let mut state = 1_u32;
    let mut values = Vec::new();
    for place in 0..ROWS * WIDTH {
        let mut sum = 0.0;
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sum += f64::from(state >> 8) / f64::from(1 << 24) - 0.5;
        }
        values.push(if place % WIDTH < 4 { (sum * 3.0).round() } else { sum });
    }
    values
}

fn forest(c: &mut Criterion) {
    let values = table();
    let rows = Matrix::new(&values, WIDTH).expect("a table of numbers");
    let forest = Forest::fit(rows, &Settings::default(), 1).expect("a forest of rows");
    let mut group = c.benchmark_group("forest");
    group.sample_size(10);
    group.bench_function("fit", |b| b.iter(|| Forest::fit(rows, &Settings::default(), 1)));
    group.bench_function("score", |b| b.iter(|| forest.score_samples(rows, 1)));
    group.bench_function("contributions", |b| {
        b.iter(|| {
            let mut least = 0.0_f64;
            let done = forest.shap(rows, 1, |_, row| least = row.iter().copied().fold(least, f64::min));
            (done, least)
        });
    });
    group.finish();
}

criterion_group!(benches, forest);
criterion_main!(benches);
