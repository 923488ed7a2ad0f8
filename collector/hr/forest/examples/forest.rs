//! Scores and contributions of a table, as CSV with all digits, for comparison with scikit-learn and shap.
//!
//! Each line of the standard input is a row of numbers with commas between. Arguments: how many trees, which share lies beyond the line,
//! and the seed. One thread. Each line of the answer also says how many microseconds it took to grow the forest, to score all rows and to
//! explain all of them.

use std::error::Error;
use std::io::{BufRead as _, BufWriter, Write as _};
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

    let mut times = [0; 3];
    let started = Instant::now();
    let forest = Forest::fit(rows, &settings, 1)?;
    times[0] = started.elapsed().as_micros();
    let started = Instant::now();
    let scores = forest.score_samples(rows, 1)?;
    times[1] = started.elapsed().as_micros();
    let mut contributions = Vec::with_capacity(values.len());
    let started = Instant::now();
    forest.shap(rows, 1, |_, row| contributions.extend_from_slice(row))?;
    times[2] = started.elapsed().as_micros();

    let columns: Vec<String> = (0..width).map(|column| format!("contribution_{column}")).collect();
    let mut out = BufWriter::new(std::io::stdout().lock());
    writeln!(out, "score,flagged,fit,scoring,explaining,{}", columns.join(","))?;
    let [fit, scoring, explaining] = times;
    for (score, row) in scores.iter().zip(contributions.chunks(width)) {
        let cells: Vec<String> = row.iter().map(|value| format!("{value:e}")).collect();
        let is_flagged = *score < forest.offset();
        writeln!(out, "{score:e},{is_flagged},{fit},{scoring},{explaining},{}", cells.join(","))?;
    }
    out.flush()?;
    Ok(())
}
