use attune_protocol::features::Features;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, check_in};
use attune_protocol::window::Window;

/// What a person says of themselves, on one scale or both.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Answer {
    vibe: Option<u8>,
    /// Unpleasant to pleasant and quiet to active, each in [-1,1].
    place: Option<(f64, f64)>,
}

impl Answer {
    /// An answer: 1 (very bad) to 6 (very good), and valence and arousal in [-1,1], which are given together.
    ///
    /// # Errors
    /// With what is wrong, a sentence without a point.
    pub fn new(vibe: Option<u8>, valence: Option<f64>, arousal: Option<f64>) -> Result<Self, &'static str> {
        if vibe.is_some_and(|vibe| check_in::vibe_word(vibe).is_none()) {
            return Err("an answer is 1 (very bad) to 6 (very good)");
        }
        let within = |value: f64| (-1.0..=1.0).contains(&value);
        let place = match (valence, arousal) {
            (Some(valence), Some(arousal)) if within(valence) && within(arousal) => Some((valence, arousal)),
            (Some(_), Some(_)) => return Err("valence and arousal are numbers from -1 to 1"),
            (None, None) => None,
            _ => return Err("valence and arousal are given together, or neither"),
        };
        if vibe.is_none() && place.is_none() {
            return Err("say how you are: 1 (very bad) to 6 (very good), or valence and arousal");
        }
        Ok(Self { vibe, place })
    }

    /// As it is kept: the window in which it was given, all of which it saw.
    #[must_use]
    pub fn record(self, at_millis: i64) -> Record {
        let mut features = Features::new(Modality::CheckIn);
        features.set(check_in::VIBE, self.vibe.map(f64::from));
        features.set(check_in::VALENCE, self.place.map(|(valence, _)| valence));
        features.set(check_in::AROUSAL, self.place.map(|(_, arousal)| arousal));
        // It is of its moment: no time before it was seen.
        let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
        Record::new(Window::containing(at_millis), 1.0, coverage, features)
    }

    /// What a record says, if it is of a check-in that says something.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let of = (record.modality() == Modality::CheckIn).then_some(&record.features)?;
        // To what can be answered: 16 bits carry more digits than that.
        let share = |ordinal| of.get(ordinal).map(|value| (value * 100.0).round() / 100.0);
        let vibe = of.get(check_in::VIBE).map(|value| value.round() as u8);
        Self::new(vibe, share(check_in::VALENCE), share(check_in::AROUSAL)).ok()
    }

    /// 1 (very bad) to 6 (very good), if it was said.
    #[must_use]
    pub fn vibe(self) -> Option<u8> {
        self.vibe
    }

    /// Valence and arousal, if they were said.
    #[must_use]
    pub fn place(self) -> Option<(f64, f64)> {
        self.place
    }

    /// As a sentence's part: `4 of 6, rather good`.
    #[must_use]
    pub fn words(self) -> String {
        let vibe = self.vibe.and_then(|vibe| Some(format!("{vibe} of 6, {}", check_in::vibe_word(vibe)?)));
        let place = self.place.map(|(valence, arousal)| format!("valence {valence:+.2}, arousal {arousal:+.2}"));
        [vibe, place].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_is_what_the_record_says_also_behind_the_wire() {
        let answers = (1..=6).map(|vibe| Answer::new(Some(vibe), None, None));
        let places =
            [(-1.0, 1.0), (0.0, 0.0), (0.5, -0.5), (0.13, -0.77)].map(|(v, a)| Answer::new(None, Some(v), Some(a)));
        for answer in answers.chain(places).chain([Answer::new(Some(3), Some(0.25), Some(1.0))]) {
            let answer = answer.unwrap();
            let record = answer.record(1_700_000_012_345);
            assert_eq!(record.window.start_millis(), 1_700_000_010_000);
            let read = Record::decode(&record.encode()).unwrap();
            assert_eq!(Answer::of(&read), Some(answer), "{}", answer.words());
        }
        assert_eq!(Answer::new(Some(4), None, None).unwrap().words(), "4 of 6, rather good");
        let nothing = Record {
            features: Features::new(Modality::CheckIn),
            ..Answer::new(Some(1), None, None).unwrap().record(0)
        };
        assert_eq!(Answer::of(&nothing), None);
    }

    #[test]
    fn what_is_on_neither_scale_is_refused() {
        for (vibe, valence, arousal) in [
            (None, None, None),
            (Some(0), None, None),
            (Some(7), None, None),
            (Some(3), Some(0.5), None),
            (None, None, Some(0.5)),
            (None, Some(1.1), Some(0.0)),
            (None, Some(0.0), Some(f64::NAN)),
        ] {
            assert!(Answer::new(vibe, valence, arousal).is_err(), "{vibe:?} {valence:?} {arousal:?}");
        }
    }
}
