use attune_analysis::left_out::LeftOut;
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
    left_out: LeftOut,
    skipped: Vec<Timestamp>,
}

impl<S: Timed> Playback<S> {
    /// Plays `clip` over `span`, leaving out what is before `from`.
    #[must_use]
    pub fn new(clip: Clip<S>, span: Span, from: Timestamp) -> Self {
        // A sample may stand at the very end of its round, which is the first instant of the next.
        let played = from.0.saturating_sub(span.start.0).saturating_sub(1).max(0);
        let round = if span.looped { played / period(&clip, span) } else { 0 };
        Self {
            clip,
            span,
            from,
            round,
            source: None,
            empty_rounds: false,
            left_out: LeftOut::default(),
            skipped: Vec::new(),
        }
    }

    /// Where the round stands on the time line.
    fn round_starts(&self) -> i64 {
        self.span.start.0.saturating_add(self.round.saturating_mul(period(&self.clip, self.span)))
    }

    /// Microseconds from the recording's own time to the time line.
    fn shift(&self) -> i64 {
        self.round_starts().saturating_sub(self.span.skip)
    }

    fn lay(&self, mut sample: S) -> Option<S> {
        // Samples before the skip are cut off in the recording's own time, the others on the time line.
        sample = sample.split(Timestamp(self.span.skip)).1?;
        sample.shift(self.shift());
        sample.split(self.from).1?.split(self.span.end).0
    }
}

fn period<S>(clip: &Clip<S>, span: Span) -> i64 {
    clip.length.saturating_sub(span.skip).max(1)
}

impl<S: Timed> Source for Playback<S> {
    type Sample = S;

    fn next(&mut self) -> Result<Option<Vec<S>>, AgentError> {
        let nothing = self.span.skip >= self.clip.length || self.round_starts() >= self.span.end.0;
        if nothing || (self.round > 0 && !self.span.looped) {
            return Ok(None);
        }
        let source = match &mut self.source {
            Some(source) => source,
            none => none.insert(self.clip.open()?),
        };
        let samples = source.next()?;
        let skipped = source.skipped();
        self.left_out.add(source.left_out());
        let shift = self.shift();
        self.skipped.extend(skipped.into_iter().map(|at| Timestamp(at.0.saturating_add(shift))));
        let Some(samples) = samples else {
            // A recording without samples would otherwise be opened for ever.
            let ends = std::mem::replace(&mut self.empty_rounds, true);
            self.source = None;
            self.round = self.round.saturating_add(1);
            return Ok((!ends).then(Vec::new));
        };
        self.empty_rounds &= samples.is_empty();
        let past = samples.first().is_some_and(|s| s.at().0.saturating_add(self.shift()) >= self.span.end.0);
        let laid: Vec<S> = samples.into_iter().filter_map(|sample| self.lay(sample)).collect();
        Ok((!past || !laid.is_empty()).then_some(laid))
    }

    fn left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
    }

    fn skip_before(&mut self, instant: Timestamp) {
        let own = Timestamp(instant.0.saturating_sub(self.shift()));
        if let Some(source) = &mut self.source {
            source.skip_before(own);
        }
    }

    fn skipped(&mut self) -> Vec<Timestamp> {
        std::mem::take(&mut self.skipped)
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

    #[test]
    fn no_place_on_the_time_line_overflows() {
        let span = Span { start: Timestamp(i64::MAX - 5), skip: 0, looped: true, end: Timestamp(i64::MAX) };
        let open = || Ok(Box::new(Beats(vec![1, 2].into_iter())) as BoxedSource<HeartSample>);
        let clip = Clip { length: i64::MAX, origin: None, rate: 1.0, open: Box::new(open) };
        let mut playback = Playback::new(clip, span, Timestamp(i64::MIN));
        while playback.next().unwrap().is_some() {}
    }
}
