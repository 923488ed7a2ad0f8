//! Sums over samples in eight lanes, which a compiler may keep in one register: a plain sum of floats may not be reordered.

const LANES: usize = 8;

/// Sum of products.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (blocks_a, blocks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = blocks_a.remainder().iter().zip(blocks_b.remainder());
    let rest = if a.len() == b.len() { rest.map(|(a, b)| a * b).sum() } else { 0.0 };
    for (a, b) in blocks_a.zip(blocks_b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_products_is_the_plain_one_at_every_length() {
        let a: Vec<f32> = (0..40).map(|i| (i * i % 7) as f32).collect();
        let b: Vec<f32> = (0..40).map(|i| (i * 3 % 5) as f32).collect();
        for n in 0..40 {
            assert_eq!(dot(&a[..n], &b[..n]), a[..n].iter().zip(&b[..n]).map(|(a, b)| a * b).sum::<f32>());
        }
    }
}
