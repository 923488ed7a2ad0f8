//! Measures of RR series as CSV with all digits, for comparison with reference tools.
//!
//! Each line of the standard input is a series: `name,rr,rr,...` with the intervals in milliseconds. They are taken as
//! they are: no beat is left out. The last column names the intervals that the analyzer would leave out, by their place.

#![expect(clippy::print_stdout, reason = "the table is what the example is for")]
#![expect(clippy::disallowed_methods, reason = "the comparison of speeds needs a clock")]

use std::io::BufRead as _;
use std::time::Instant;

use attune_analysis::heart::{
    artefacts_of, frequency_domain, respiration_rate, sample_entropy, stress_index, time_domain, triangular_index,
};

const COLUMNS: &str = "name,rmssd,sdnn,pnn50,hti,sd1,sd2,sample_entropy,stress_index,vlf,lf,hf,lf_nu,hf_nu,respiration_rate,micros,artefacts";

fn main() -> std::io::Result<()> {
    println!("{COLUMNS}");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut fields = line.split(',');
        let name = fields.next().unwrap_or_default();
        let intervals: Vec<f64> = fields.map(|field| field.trim().parse().unwrap_or(f64::NAN)).collect();
        println!("{name},{}", row(&intervals));
    }
    Ok(())
}

fn row(intervals: &[f64]) -> String {
    let started = Instant::now();
    let ends = intervals.iter().scan(0.0, |at, rr| {
        *at += rr / 1000.0;
        Some(*at)
    });
    let times: Vec<f64> = ends.collect();
    let time = time_domain(&[intervals]);
    let power = frequency_domain(&times, intervals);
    let values = [
        time.rmssd,
        time.sdnn,
        time.pnn50,
        triangular_index(intervals),
        time.sd1,
        time.sd2,
        sample_entropy(&[intervals]),
        stress_index(intervals),
        power.map(|power| power.vlf),
        power.map(|power| power.lf),
        power.map(|power| power.hf),
        power.and_then(|power| power.lf_nu()),
        power.and_then(|power| power.hf_nu()),
        respiration_rate(&times, intervals),
    ];
    let micros = started.elapsed().as_secs_f64() * 1e6;
    let cells: Vec<String> = values.iter().map(|value| value.map_or_else(String::new, |v| format!("{v:e}"))).collect();
    let artefacts = artefacts_of(intervals).into_iter().enumerate().filter(|(_, artefact)| *artefact);
    let places: Vec<String> = artefacts.map(|(place, _)| place.to_string()).collect();
    format!("{},{micros:.1},{}", cells.join(","), places.join(" "))
}
