/// The pulse in a run of colours, by POS ("plane orthogonal to skin", Wang, den Brinker, Stuijk and de Haan 2017,
/// algorithm 1): in sliding windows of `window` samples, colours over their means are projected on the plane
/// orthogonal to a change of light, the two projections added so that they amplify the pulse, and overlapped.
///
/// `colours` are linear in light, or nearly; all must be over zero. No window, no signal: the result is then empty.
pub(super) fn pulse_signal(colours: &[[f64; 3]], window: usize) -> Vec<f64> {
    if window < 2 || colours.len() < window {
        return Vec::new();
    }
    let mut signal = vec![0.0; colours.len()];
    for start in 0..=colours.len() - window {
        let part = &colours[start..start + window];
        let mean: [f64; 3] = std::array::from_fn(|c| part.iter().map(|rgb| rgb[c]).sum::<f64>() / window as f64);
        let projected = || {
            part.iter().map(|rgb| {
                let [r, g, b] = [rgb[0] / mean[0], rgb[1] / mean[1], rgb[2] / mean[2]];
                (g - b, g + b - 2.0 * r)
            })
        };
        // Both projections of the mean colour are zero, so that sums of squares are variances.
        let (first, second) = projected().fold((0.0, 0.0), |(a, b), (x, y)| (a + x * x, b + y * y));
        let weight = if second > 0.0 { (first / second).sqrt() } else { 0.0 };
        for (sum, (x, y)) in signal[start..].iter_mut().zip(projected()) {
            *sum += x + weight * y;
        }
    }
    signal
}
