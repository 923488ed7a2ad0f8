use super::{
    CANDIDATES, CEILING, OCTAVE_COST, OCTAVE_JUMP_COST, SILENCE_THRESHOLD, VOICED_UNVOICED_COST, VOICING_THRESHOLD,
    Voiced,
};

/// What a frame may be: unvoiced, or one of its candidates.
pub(super) struct Frame {
    /// Its largest amplitude over the largest of all.
    pub(super) intensity: f32,
    pub(super) candidates: [Voiced; CANDIDATES],
    pub(super) count: usize,
}

impl Frame {
    fn unvoiced_strength(&self) -> f32 {
        let faintness = 2.0 - self.intensity * (1.0 + VOICING_THRESHOLD) / SILENCE_THRESHOLD;
        VOICING_THRESHOLD + faintness.max(0.0)
    }
}

/// States of a frame: 0 is unvoiced, `i` is candidate `i - 1`.
const STATES: usize = CANDIDATES + 1;

/// The path of greatest strength less its costs (Viterbi), one entry for each frame.
pub(super) fn cheapest(frames: &[Frame]) -> Vec<Option<Voiced>> {
    let mut back: Vec<[u8; STATES]> = Vec::with_capacity(frames.len());
    let mut best = [f32::NEG_INFINITY; STATES];
    let mut logs = [0.0_f32; STATES];
    let mut states = 0;
    for frame in frames {
        let mut next = [f32::NEG_INFINITY; STATES];
        let mut next_logs = [0.0; STATES];
        let mut from = [0; STATES];
        for state in 0..=frame.count {
            let own = match state {
                0 => frame.unvoiced_strength(),
                _ => {
                    let Voiced { hz, strength } = frame.candidates[state - 1];
                    next_logs[state] = hz.log2();
                    strength - OCTAVE_COST * (CEILING.log2() - next_logs[state])
                }
            };
            if back.is_empty() {
                next[state] = own;
                continue;
            }
            for before in 0..states {
                let cost = match (before, state) {
                    (0, 0) => 0.0,
                    (0, _) | (_, 0) => VOICED_UNVOICED_COST,
                    _ => OCTAVE_JUMP_COST * (logs[before] - next_logs[state]).abs(),
                };
                if best[before] - cost > next[state] {
                    next[state] = best[before] - cost;
                    from[state] = before as u8;
                }
            }
            next[state] += own;
        }
        states = frame.count + 1;
        (best, logs) = (next, next_logs);
        back.push(from);
    }
    let mut state = (0..states).max_by(|&a, &b| best[a].total_cmp(&best[b])).unwrap_or(0);
    let mut path = vec![None; frames.len()];
    for (index, frame) in frames.iter().enumerate().rev() {
        path[index] = state.checked_sub(1).map(|candidate| frame.candidates[candidate]);
        state = usize::from(back[index][state]);
    }
    path
}
