use attune_analysis::sample::Timestamp;

use super::clip::{BoxedSource, Clip, Source};
use super::timed::Timed;
use crate::AgentError;

/// Where and how a recording is laid on the time line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Where its first instant that is played stands.
    pub start: Timestamp,
    /// Microseconds of its beginning that are never played.
    pub skip: i64,
    /// Whether it is played again and again; what is skipped stays skipped.
    pub looped: bool,
    /// Nothing at or after this is played.
    pub end: Timestamp,
}

/// A recording on the time line, as a [`Source`].
pub struct Playback<S> {
    clip: Clip<S>,
    span: Span,
    from: Timestamp,
    round: i64,
    source: Option<BoxedSource<S>>,
    empty_rounds: bool,
}

impl<S: Timed> Playback<S> {
    /// Plays `clip` over `span`, leaving out what is before `from`.
    #[must_use]
    pub fn new(clip: Clip<S>, span: Span, from: Timestamp) -> Self {
        // A sample may stand at the very end of its round, which is the first instant of the next.
        let round = if span.looped { (from.0 - span.start.0 - 1).max(0) / period(&clip, span) } else { 0 };
        Self { clip, span, from, round, source: None, empty_rounds: false }
    }

    fn lay(&self, mut sample: S) -> Option<S> {
        // Samples before the skip are cut off in the recording's own time, the others on the time line.
        sample = sample.split(Timestamp(self.span.skip)).1?;
        sample.shift(self.span.start.0 - self.span.skip + self.round * period(&self.clip, self.span));
        sample.split(self.from).1?.split(self.span.end).0
    }
}

fn period<S>(clip: &Clip<S>, span: Span) -> i64 {
    (clip.length - span.skip).max(1)
}

impl<S: Timed> Source for Playback<S> {
    type Sample = S;

    fn next(&mut self) -> Result<Option<Vec<S>>, AgentError> {
        loop {
            let round_starts = self.span.start.0 + self.round * period(&self.clip, self.span);
            let nothing = self.span.skip >= self.clip.length || round_starts >= self.span.end.0;
            if nothing || (self.round > 0 && !self.span.looped) {
                return Ok(None);
            }
            let source = match &mut self.source {
                Some(source) => source,
                none => none.insert(self.clip.open()?),
            };
            let Some(samples) = source.next()? else {
                // A recording without samples would otherwise be opened for ever.
                if std::mem::replace(&mut self.empty_rounds, true) {
                    return Ok(None);
                }
                self.source = None;
                self.round += 1;
                continue;
            };
            self.empty_rounds = false;
            let past = samples.first().is_some_and(|s| s.at().0 - self.span.skip + round_starts >= self.span.end.0);
            let laid: Vec<S> = samples.into_iter().filter_map(|sample| self.lay(sample)).collect();
            if past && laid.is_empty() {
                return Ok(None);
            }
            if !laid.is_empty() {
                return Ok(Some(laid));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use attune_analysis::sample::HeartSample;

    use super::*;

    struct Beats(std::vec::IntoIter<i64>);

    impl Source for Beats {
        type Sample = HeartSample;

        fn next(&mut self) -> Result<Option<Vec<HeartSample>>, AgentError> {
            Ok(self
                .0
                .next()
                .map(|second| vec![HeartSample::Beat { at: Timestamp(second * 1_000_000), rr_millis: 1000.0 }]))
        }
    }

    /// Beats at 1, 2, 3 and 4 s of a recording of 4 s.
    fn played(span: Span, from: i64) -> Vec<i64> {
        let open = || Ok(Box::new(Beats(vec![1, 2, 3, 4].into_iter())) as BoxedSource<HeartSample>);
        let clip = Clip { length: 4_000_000, origin: None, rate: 1.0, open: Box::new(open) };
        let mut playback = Playback::new(clip, span, Timestamp(from * 1_000_000));
        let mut seconds = Vec::new();
        while let Some(samples) = playback.next().unwrap() {
            seconds.extend(samples.iter().map(|s| HeartSample::at(s).0 / 1_000_000));
        }
        seconds
    }

    fn span(skip: i64, looped: bool, end: i64) -> Span {
        Span { start: Timestamp(100_000_000), skip: skip * 1_000_000, looped, end: Timestamp(end * 1_000_000) }
    }

    #[test]
    fn a_recording_is_laid_at_its_start_once_and_ends() {
        assert_eq!(played(span(0, false, 1000), 0), [101, 102, 103, 104]);
    }

    #[test]
    fn what_is_skipped_stays_skipped_when_it_loops() {
        assert_eq!(played(span(2, false, 1000), 0), [100, 101, 102]);
        assert_eq!(played(span(2, true, 105), 0), [100, 101, 102, 102, 103, 104, 104]);
    }

    #[test]
    fn a_loop_goes_on_where_it_was_left_and_stops_at_the_end() {
        assert_eq!(played(span(0, true, 112), 106), [106, 107, 108, 109, 110, 111]);
    }

    #[test]
    fn a_recording_that_is_skipped_whole_gives_nothing() {
        assert_eq!(played(span(9, false, 1000), 0), Vec::<i64>::new());
        assert_eq!(played(span(9, true, 1000), 0), Vec::<i64>::new());
    }
}
