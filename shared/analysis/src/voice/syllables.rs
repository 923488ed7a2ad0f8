use super::frames::Frame;
use super::intensity::intensity;

/// A nucleus is no more than this far under the loudest, dB.
const SILENCE: f32 = -25.0;
/// The intensity falls by more than this after a nucleus, dB.
const DIP: f32 = 2.0;
/// Share of frames under what counts as the loudest.
const LOUDEST: f64 = 0.99;

/// How many syllables the frames of a run hold: peaks of the intensity that are loud, voiced, and followed by a dip, after
/// de Jong and Wempe (2009).
pub(super) fn nuclei(samples: &[f32], frames: &[Frame]) -> usize {
    let levels = intensity(samples, frames.len());
    let mut sorted = levels.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0 };
    let threshold = (sorted[(LOUDEST * last as f64) as usize] + SILENCE).max(sorted[0]);
    let is_peak = |&i: &usize| levels[i] > threshold && levels[i] > levels[i - 1] && levels[i] >= levels[i + 1];
    let peaks: Vec<usize> = (1..last).filter(is_peak).collect();
    let mut count = 0;
    for (index, &peak) in peaks.iter().enumerate() {
        let next = peaks.get(index + 1).map_or(levels.len(), |&next| next);
        let lowest = levels[peak..next].iter().copied().fold(f32::INFINITY, f32::min);
        count += usize::from(levels[peak] - lowest > DIP && frames[peak].is_voice());
    }
    count
}
