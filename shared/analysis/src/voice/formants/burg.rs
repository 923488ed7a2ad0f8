use zeroize::Zeroize as _;

use super::ORDER;

const LANES: usize = 8;

/// Linear prediction by Burg's method (Burg 1967; Andersen 1974): the coefficients that minimise the forward and the
/// backward error of prediction together. Keeps its buffers.
#[derive(Default)]
pub(super) struct Burg {
    forward: Vec<f32>,
    backward: Vec<f32>,
    next_forward: Vec<f32>,
    next_backward: Vec<f32>,
}

impl Burg {
    /// Coefficients a of x[n] = a[0] x[n-1] + a[1] x[n-2] + ... + noise; none of silence, or of too few samples.
    pub(super) fn predict(&mut self, samples: &[f32]) -> Option<[f64; ORDER]> {
        if samples.len() <= 2 * ORDER {
            return None;
        }
        self.forward.clear();
        self.forward.extend_from_slice(&samples[1..]);
        self.backward.clear();
        self.backward.extend_from_slice(&samples[..samples.len() - 1]);
        let mut a = [0.0_f64; ORDER];
        for order in 0..ORDER {
            let (product, power) = sums(&self.forward, &self.backward);
            if power <= 0.0 || !power.is_finite() {
                return None;
            }
            let reflection = 2.0 * product / power;
            let before = a;
            a[order] = reflection;
            for i in 0..order {
                a[i] = before[i] - reflection * before[order - 1 - i];
            }
            self.step(reflection as f32);
        }
        Some(a)
    }

    /// Forgets the samples.
    pub(super) fn clear(&mut self) {
        for buffer in [&mut self.forward, &mut self.backward, &mut self.next_forward, &mut self.next_backward] {
            buffer.zeroize();
        }
    }

    /// From the errors of one order to those of the next, which are one fewer.
    fn step(&mut self, reflection: f32) {
        let Self { forward, backward, next_forward, next_backward } = self;
        next_forward.clear();
        next_forward.extend(forward.iter().zip(&*backward).skip(1).map(|(f, b)| f - reflection * b));
        next_backward.clear();
        next_backward.extend(forward.iter().zip(&*backward).take(next_forward.len()).map(|(f, b)| b - reflection * f));
        std::mem::swap(forward, next_forward);
        std::mem::swap(backward, next_backward);
    }
}

/// Sum of the products, and of the squares of both, in lanes that a compiler may keep in one register.
fn sums(forward: &[f32], backward: &[f32]) -> (f64, f64) {
    let (mut products, mut squares) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    let (f, b) = (forward.chunks_exact(LANES), backward.chunks_exact(LANES));
    let rest = f.remainder().iter().zip(b.remainder());
    let (mut product, mut square) = (0.0, 0.0);
    for (&f, &b) in rest {
        product += f64::from(f * b);
        square += f64::from(f * f + b * b);
    }
    for (f, b) in f.zip(b) {
        for lane in 0..LANES {
            products[lane] += f[lane] * b[lane];
            squares[lane] += f[lane] * f[lane] + b[lane] * b[lane];
        }
    }
    product += products.iter().copied().map(f64::from).sum::<f64>();
    square += squares.iter().copied().map(f64::from).sum::<f64>();
    (product, square)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coefficients_of_an_autoregressive_signal_are_found() {
        let (a1, a2) = (1.6_f32, -0.9_f32);
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        let mut samples = vec![0.0_f32; 20_000];
        for n in 2..samples.len() {
            samples[n] = a1 * samples[n - 1] + a2 * samples[n - 2] + noise();
        }
        let found = Burg::default().predict(&samples).unwrap();
        assert!((found[0] - 1.6).abs() < 0.02 && (found[1] + 0.9).abs() < 0.03, "{found:?}");
        assert!(found[2..].iter().all(|a| a.abs() < 0.03), "{found:?}");
    }

    #[test]
    fn silence_and_a_few_samples_have_no_coefficients() {
        assert_eq!(Burg::default().predict(&[0.0; 550]), None);
        assert_eq!(Burg::default().predict(&[1.0; 20]), None);
        assert_eq!(Burg::default().predict(&[]), None);
    }
}
