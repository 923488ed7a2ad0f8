//! Scores and contributions of a table, as CSV with all digits, for comparison with scikit-learn and shap.
//!
//! Each line of the standard input is a row of numbers with commas between. Arguments: how many trees, which share lies beyond the line,
//! and the seed. One thread. Each line of the answer also says how many microseconds all took: to grow, to score and to explain.

#![expect(clippy::print_stdout, reason = "the table is what the example is for")]

use std::error::Error;
use std::io::BufRead as _;
use std::time::Instant;

use attune_forest::{Forest, Matrix, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [trees, contamination, seed] = &arguments[..] else {
        return Err("trees, contamination and seed are asked for".into());
    };
    let settings = Settings {
        trees: trees.parse()?,
        contamination: contamination.parse()?,
        seed: seed.parse()?,
        ..Settings::default()
    };
    let (mut values, mut width) = (Vec::new(), 0);
    for line in std::io::stdin().lock().lines() {
        let row = line?.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        width = row.len();
        values.extend(row);
    }
    let rows = Matrix::new(&values, width)?;

    let started = Instant::now();
    let forest = Forest::fit(rows, &settings, 1)?;
    let scores = forest.score_samples(rows, 1)?;
    let mut contributions = Vec::with_capacity(rows.len());
    forest.shap(rows, 1, |_, row| contributions.push(row.to_vec()))?;
    let micros = started.elapsed().as_micros();

    let columns: Vec<String> = (0..width).map(|column| format!("contribution_{column}")).collect();
    println!("score,flagged,micros,{}", columns.join(","));
    for (score, row) in scores.iter().zip(contributions) {
        let cells: Vec<String> = row.iter().map(|value| format!("{value:e}")).collect();
        println!("{score:e},{},{micros},{}", *score < forest.offset(), cells.join(","));
    }
    Ok(())
}
