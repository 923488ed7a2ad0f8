use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

use super::ORDER;

const MOST_ROUNDS: usize = 60;
/// A root that moves less is found.
const PRECISION: f64 = 1e-9;

/// The roots of z^n - a[0] z^(n-1) - a[1] z^(n-2) - ..., all at once (Ehrlich 1967; Aberth 1973).
pub(super) fn roots(a: &[f64; ORDER]) -> [Complex64; ORDER] {
    // Near the unit circle, where resonances are, and not in conjugate pairs, which would never become two real roots.
    let mut roots: [Complex64; ORDER] =
        std::array::from_fn(|k| Complex64::from_polar(0.9, TAU * (k as f64 + 0.3) / ORDER as f64));
    for _ in 0..MOST_ROUNDS {
        let mut largest = 0.0_f64;
        for k in 0..ORDER {
            let z = roots[k];
            let (mut value, mut slope) = (Complex64::new(1.0, 0.0), Complex64::new(0.0, 0.0));
            for &coefficient in a {
                slope = slope * z + value;
                value = value * z - coefficient;
            }
            let mut repulsion = Complex64::new(0.0, 0.0);
            for (other, root) in roots.iter().enumerate() {
                if other != k {
                    let apart = z - root;
                    repulsion += apart.conj() / apart.norm_sqr();
                }
            }
            let step = value / (slope - value * repulsion);
            if step.re.is_finite() && step.im.is_finite() {
                roots[k] -= step;
                largest = largest.max(step.norm_sqr());
            }
        }
        if largest < PRECISION * PRECISION {
            break;
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The coefficients of the polynomial with these roots.
    fn expand(roots: &[Complex64; ORDER]) -> [f64; ORDER] {
        let mut coefficients = vec![Complex64::new(1.0, 0.0)];
        for root in roots {
            coefficients.push(Complex64::new(0.0, 0.0));
            for i in (1..coefficients.len()).rev() {
                let before = coefficients[i - 1];
                coefficients[i] -= root * before;
            }
        }
        std::array::from_fn(|k| -coefficients[k + 1].re)
    }

    proptest! {
        #[test]
        fn pairs_and_real_roots_are_found(
            pairs in proptest::array::uniform4((0.3..0.999_f64, 0.05..3.1_f64)),
            real in (-0.99..-0.1_f64, 0.1..0.99_f64),
        ) {
            let mut wanted = [Complex64::new(0.0, 0.0); ORDER];
            for (i, &(radius, angle)) in pairs.iter().enumerate() {
                wanted[2 * i] = Complex64::from_polar(radius, angle);
                wanted[2 * i + 1] = wanted[2 * i].conj();
            }
            (wanted[8].re, wanted[9].re) = real;
            let found = roots(&expand(&wanted));
            for root in wanted {
                let nearest = found.iter().map(|f| (f - root).norm()).fold(f64::INFINITY, f64::min);
                // Roots that nearly coincide are known to the root of the precision only.
                prop_assert!(nearest < 1e-3, "{root} {nearest}");
            }
        }
    }
}
