//! Reference values of a made-up series, printed by `tests/parity/heart.py --golden` (NeuroKit2 0.2.13, SciPy 1.17.1).

use super::*;

/// 400 intervals in whole milliseconds, made as the script makes them.
fn series() -> Vec<f64> {
    let mut state = 1_u32;
    let interval = |i: i32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (breath, drift) = ((i % 6 - 3).abs(), (i % 140 - 70).abs());
        f64::from(760 + 25 * breath + drift) + f64::from((state % (1 << 24)) >> 19)
    };
    (0..400).map(interval).collect()
}

fn check(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.expect("400 beats are enough");
    assert!((found / expected - 1.0).abs() < tolerance, "{found} for {expected}");
}

#[test]
fn time_domain_poincare_histogram_and_entropy_are_neurokits() {
    let series = series();
    let time = time_domain(&[&series]);
    check(time.rmssd, 29.015_595_149_932_08, 1e-9);
    check(time.sdnn, 32.628_654_165_958_245, 1e-9);
    check(time.pnn50, 2.5, 1e-9);
    check(time.sd1, 20.542_367_907_163_452, 1e-9);
    check(time.sd2, 41.208_460_477_146_41, 1e-9);
    check(triangular_index(&series), 10.526_315_789_473_685, 1e-9);
    check(sample_entropy(&[&series]), 1.667_103_554_283_909_7, 1e-9);
}

#[test]
fn powers_are_those_of_the_same_recipe_in_scipy() {
    let series = series();
    let mut now = 0.0;
    let times: Vec<f64> = series
        .iter()
        .map(|rr| {
            now += rr / 1000.0;
            now
        })
        .collect();
    let found = frequency_domain(&times, &series).expect("five minutes are enough");
    check(Some(found.vlf), 297.110_044_956_695, 1e-6);
    check(Some(found.lf), 11.284_134_303_327_324, 1e-6);
    check(Some(found.hf), 618.056_992_073_472, 1e-6);
    check(found.lf_nu(), 1.793_007_612_309_017_3, 1e-6);
    check(found.hf_nu(), 98.206_992_387_690_99, 1e-6);
}

#[test]
fn the_stress_index_is_that_of_numpys_histogram() {
    check(stress_index(&series()), 170.105_967_651_979_9, 1e-9);
}
