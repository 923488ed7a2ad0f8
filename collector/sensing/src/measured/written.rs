//! What was read on devices of what people write: the measures that channels of messages tell, too.
//!
//! A record holds means over the messages of a window, and says how many they are. Sentiment and stress count once for each of them; an
//! emotion once for a record, for how many of its messages show it is not told, and a window seldom holds more than one.

use attune_ground::measures::Observation;
use attune_protocol::record::Record;
use attune_protocol::registry::text;
use attune_protocol::window::Window;

use super::measure;

/// Numbers of the measures.
const SENTIMENT: u16 = 18;
const STRESS: u16 = 19;
const FIRST_EMOTION: u16 = 20;
/// So many messages of one window count at most: more are written by no person.
const MOST: f64 = 100.0;

/// What one record tells.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Written {
    window: Window,
    /// Messages whose sentiment and stress stand behind the means.
    scored: u32,
    sentiment: Option<f64>,
    stress: Option<f64>,
    emotions: [Option<f64>; text::EMOTIONS.len()],
}

impl Written {
    /// What a record says; none where nothing could be read of its messages.
    pub(super) fn of(record: &Record) -> Option<Self> {
        let get = |ordinal| record.features.get(ordinal);
        let scored = get(text::SCORED)?.round().clamp(0.0, MOST) as u32;
        let emotions = std::array::from_fn(|place| text::emotion(place).and_then(get));
        let (sentiment, stress) = (get(text::SENTIMENT), get(text::STRESS));
        (scored > 0).then_some(Self { window: record.window, scored, sentiment, stress, emotions })
    }

    pub(super) fn tell(&self, into: &mut Vec<Observation>) {
        let at = self.window.start_millis();
        let one =
            |number: u16, value: f64| Observation { measure: measure(number), at, millis: 0, value, variance: 0.0 };
        for (number, value) in [(SENTIMENT, self.sentiment), (STRESS, self.stress)] {
            let Some(value) = value else { continue };
            into.extend((0..self.scored).map(|_| one(number, value)));
        }
        let emotions = (FIRST_EMOTION..).zip(self.emotions);
        into.extend(emotions.filter_map(|(number, value)| Some(one(number, value?))));
    }
}
