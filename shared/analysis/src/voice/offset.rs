//! The constant that a microphone adds to every sample, which is no sound.

/// Blocks a second.
const BLOCKS_PER_SECOND: u32 = 25;
/// Share of the blocks in which the offset is looked for: the quietest. Where somebody speaks, the mean of a block is that of parts
/// of periods, and pulses of a voice may all point to one side.
const QUIETEST: f64 = 0.2;
/// Half a step of 16 bits: less is how a mean is rounded and no offset, and taking it off would make a sound of digital silence.
const LEAST: f32 = 0.5 / 32_768.0;
/// Under this share of the largest amplitude, 60 dB, it takes nothing from a voice, and the quietest blocks of one that
/// was recorded without an offset have such means, too. Ours.
const LEAST_SHARE: f32 = 1e-3;

/// The samples of a run without its offset.
pub(super) fn removed(samples: &[f32], rate: u32) -> Vec<f32> {
    let largest = samples.iter().fold(0.0, |most: f32, sample| most.max(sample.abs()));
    let offset = Some(offset(samples, (rate / BLOCKS_PER_SECOND).max(1) as usize));
    let offset = offset.filter(|offset| offset.abs() >= LEAST.max(LEAST_SHARE * largest)).unwrap_or(0.0);
    samples.iter().map(|sample| sample - offset).collect()
}

fn offset(samples: &[f32], block: usize) -> f32 {
    let moments = |block: &[f32]| {
        let count = block.len() as f64;
        let mean = block.iter().map(|&s| f64::from(s)).sum::<f64>() / count;
        (block.iter().map(|&s| (f64::from(s) - mean).powi(2)).sum::<f64>() / count, mean)
    };
    // What is left at the end is too short to be compared, but where there is nothing else.
    let whole = samples.len() / block * block;
    let compared = if whole == 0 { samples } else { &samples[..whole] };
    let mut blocks: Vec<(f64, f64)> = compared.chunks(block).map(moments).collect();
    blocks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let quietest = ((QUIETEST * blocks.len() as f64).ceil() as usize).min(blocks.len());
    let sum: f64 = blocks[..quietest].iter().map(|(_, mean)| mean).sum();
    (sum / quietest.max(1) as f64) as f32
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    #[test]
    fn an_offset_is_taken_off_and_a_voice_whose_pulses_point_to_one_side_stays() {
        let on = |i: u32| if i % 8_000 < 6_000 { 0.1 } else { 0.0 };
        let voice = |i: u32| on(i) * (TAU * 75.0 * i as f32 / 8_000.0).sin().max(0.0);
        for offset in [0.0, 0.05, -0.3] {
            let with: Vec<f32> = (0..80_000).map(|i| voice(i) + offset).collect();
            let worst = removed(&with, 8_000).into_iter().zip(0..).map(|(s, i)| (s - voice(i)).abs());
            assert!(worst.fold(0.0, f32::max) < 1e-6, "{offset}");
        }
        // Digital silence in one block of ten, and in the others a step now and then.
        let rounded = |i: u32| if i % 3_200 >= 320 && i % 4 == 1 { 1.0 / 32_768.0 } else { 0.0 };
        let rounded: Vec<f32> = (0..80_000).map(rounded).collect();
        assert_eq!(removed(&rounded, 8_000), rounded);
        // A clean voice whose pauses have a rumble, which has a mean of a few steps there.
        let rumble = |i: u32| 6.0 / 32_768.0 + 0.5 * voice(i) / 0.1;
        let clean: Vec<f32> = (0..80_000).map(rumble).collect();
        assert_eq!(removed(&clean, 8_000), clean);
        assert!(removed(&[], 8_000).is_empty());
        assert!(removed(&[0.3; 50], 8_000).iter().all(|s| s.abs() < 1e-6));
    }
}
