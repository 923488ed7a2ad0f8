//! Spells of stress, and how long it takes to recover from them. All of it is ours.

use std::ops::Range;

use attune_ground::measures::Observation;
use attune_protocol::window::WINDOW_MILLIS;

use super::{RECOVERY, Seen, measure};

/// Over this a level is one of stress.
const HIGH: f64 = 2.0 / 3.0;
/// Below this it is one of calm.
const CALM: f64 = 0.5;
/// A spell lasts this long at least, and calm must, milliseconds.
const LASTS: i64 = 60_000;
/// Windows of one spell, or of one calm, start no further apart, milliseconds: one that does not tell ends neither.
const APART: i64 = 30_000;
/// Who is not seen for this long is not followed any further, milliseconds: as a session ends.
const LOST: i64 = 10 * 60_000;
/// How far behind the last window of a spell is looked, milliseconds.
const LONGEST: i64 = 60 * 60_000;
/// As `LONGEST`, minutes.
const LONGEST_MINUTES: f64 = 60.0;

/// A level, and when its window starts.
type Level = (i64, f64);

/// Of each spell of stress whose last window starts within a piece of time how many minutes passed until there was calm. Windows of an hour
/// behind it, and of a minute and a half before, must be among `seen`.
pub(super) fn recoveries(seen: &[Seen], range: &Range<i64>) -> Vec<Observation> {
    let levels: Vec<Level> =
        seen.iter().filter_map(|window| Some((window.at, window.assessment.stress.value()?))).collect();
    let mut found = Vec::new();
    for (place, &(last, level)) in levels.iter().enumerate() {
        if level <= HIGH || !range.contains(&last) {
            continue;
        }
        let goes_on = levels.get(place + 1).is_some_and(|(next, level)| *level > HIGH && next - last <= APART);
        if goes_on || !is_long(&levels[..=place], |level| level > HIGH) {
            continue;
        }
        if let Some(value) = minutes_behind(&levels[place + 1..], last) {
            found.push(Observation { measure: measure(RECOVERY), at: last, millis: 0, value, variance: 0.0 });
        }
    }
    found
}

/// Whether the windows at the end that are so, each near the next, are of a minute at least.
fn is_long(levels: &[Level], is_so: impl Fn(f64) -> bool) -> bool {
    let Some((last, _)) = levels.last() else { return false };
    let mut first = *last;
    for (at, level) in levels.iter().rev() {
        if !is_so(*level) || first - at > APART {
            break;
        }
        first = *at;
        if last + WINDOW_MILLIS - first >= LASTS {
            return true;
        }
    }
    false
}

/// Minutes from the end of a spell to the first minute of calm; none where nobody was seen for too long before.
fn minutes_behind(behind: &[Level], last: i64) -> Option<f64> {
    let end = last + WINDOW_MILLIS;
    let (mut before, mut calm_since) = (last, None);
    for (at, level) in behind.iter().copied().take_while(|(at, _)| *at < last + LONGEST) {
        if at - before > LOST {
            return None;
        }
        calm_since = match calm_since {
            _ if level >= CALM => None,
            Some(since) if at - before <= APART => Some(since),
            _ => Some(at),
        };
        if let Some(since) = calm_since.filter(|since| at + WINDOW_MILLIS - since >= LASTS) {
            return Some((since - end) as f64 / 60_000.0);
        }
        before = at;
    }
    (last + LONGEST - before <= LOST).then_some(LONGEST_MINUTES)
}
