//! Measures of what is sensed of people, of what they say of themselves and of what devices read of what they write: what is handed to
//! whoever rolls them up.
//!
//! | measure | from |
//! |---|---|
//! | stress load, attention, pleasantness, overall | windows whose scores are told, each with its variance |
//! | stability of attention | two windows that follow each other |
//! | recovery after stress | the hour behind a spell of stress, in the hour in which the spell ended |
//! | time in motion | windows with a motion sensor |
//! | emotions | windows that tell one; love is none that a face or a voice tells, and is of no window |
//! | what was seen | all windows in which devices were on within a session |
//! | check-ins | records of what people say, whether in a session or not |
//! | messages | records of what devices read of them, likewise |
//!
//! Nothing has a default value: what a window does not tell is no observation. Only what devices sense counts, not what was sent for
//! analysis: nobody knows when that was.

mod read;
mod spells;
#[cfg(test)]
mod tests;
mod written;

use std::ops::Range;

use attune_analysis::indicators::{ActivityLevel, Assessment, Emotion, Score};
use attune_ground::measures::{Held, LOOKS, MEASURES, Measure, Observation, Observed, Observing, Source};
use attune_ground::store::Write;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use attune_protocol::window::WINDOW_MILLIS;

use self::written::Written;
use crate::SensingError;
use crate::sessions::CheckIn;

/// What is seen of people here.
pub(crate) const SOURCE: Source = Source { name: "sensing", observe, held, book: None };

/// Numbers of the measures.
const STRESS: u16 = 1;
const ATTENTION: u16 = 2;
const STABILITY: u16 = 3;
const VALENCE: u16 = 4;
const OVERALL: u16 = 5;
const RECOVERY: u16 = 6;
const ACTIVE: u16 = 7;
const COVERAGE: u16 = 8;
const VIBE: u16 = 9;
const SAID_VALENCE: u16 = 10;
const SAID_AROUSAL: u16 = 11;
const EMOTIONS: [(u16, Emotion); 5] =
    [(12, Emotion::Happy), (14, Emotion::Surprise), (15, Emotion::Sad), (16, Emotion::Angry), (17, Emotion::Fear)];

/// A window of a session, opened.
#[derive(Debug)]
struct Seen {
    /// Its first instant, Unix milliseconds.
    at: i64,
    assessment: Assessment,
}

fn observe<'a>(transaction: &'a mut Write, person: PersonId, key: &'a SealKey, range: Range<i64>) -> Observing<'a> {
    Box::pin(async move { observed(transaction, person, key, range).await.map_err(SensingError::into_ground) })
}

fn held(transaction: &mut Write, person: PersonId) -> Held<'_> {
    Box::pin(async move { read::held(transaction, person).await.map_err(SensingError::into_ground) })
}

async fn observed(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
    range: Range<i64>,
) -> Result<Observed, SensingError> {
    let around = range.start.saturating_sub(LOOKS.0)..range.end.saturating_add(LOOKS.1);
    let seen = read::windows(transaction, person, key, around).await?;
    let said = read::check_ins(transaction, person, key, range.clone()).await?;
    let written = read::texts(transaction, person, key, range.clone()).await?;
    Ok(told(&seen, (&said, &written), &range))
}

/// What windows, answers and messages say of a piece of time. `seen` are those around it, in order.
fn told(seen: &[Seen], (said, written): (&[CheckIn], &[Written]), range: &Range<i64>) -> Observed {
    let mut observed = Observed::default();
    for (place, window) in seen.iter().enumerate().filter(|(_, window)| range.contains(&window.at)) {
        of_window(window, &mut observed.observations);
        let before = place.checked_sub(1).and_then(|before| seen.get(before));
        observed.observations.extend(before.and_then(|before| stability(before, window)));
        let until = window.at + WINDOW_MILLIS;
        match observed.expected.last_mut() {
            Some(last) if last.end >= window.at => last.end = last.end.max(until),
            _ => observed.expected.push(window.at..until),
        }
    }
    observed.observations.extend(spells::recoveries(seen, range));
    said.iter().for_each(|said| of_check_in(said, &mut observed.observations));
    written.iter().for_each(|written| written.tell(&mut observed.observations));
    observed.observations.sort_by_key(|one| (one.at, one.measure.number));
    observed
}

/// What one window says by itself.
fn of_window(Seen { at, assessment }: &Seen, into: &mut Vec<Observation>) {
    let mut add = |number, value, sd: f64| into.push(over_window(number, *at, (value, sd * sd)));
    let scores: [(u16, &Score); 4] = [
        (STRESS, &assessment.stress),
        (ATTENTION, &assessment.attention),
        (VALENCE, &assessment.valence),
        (OVERALL, &assessment.overall),
    ];
    for (number, (value, sd)) in scores.into_iter().filter_map(|(number, score)| Some((number, score.value_and_sd()?)))
    {
        add(number, value, sd);
    }
    if let Ok(level) = assessment.activity {
        add(ACTIVE, if level == ActivityLevel::High { 1.0 } else { 0.0 }, 0.0);
    }
    let is_seen = assessment.modalities.iter().any(|modality| modality.coverage > 0.0);
    add(COVERAGE, if is_seen { 1.0 } else { 0.0 }, 0.0);
    if let Ok(emotion) = &assessment.emotion {
        for (number, kind) in EMOTIONS {
            add(number, emotion.probability(kind), 0.0);
        }
    }
}

/// How alike attention is in two windows, where the one follows the other and both tell it.
fn stability(before: &Seen, window: &Seen) -> Option<Observation> {
    if window.at - before.at != WINDOW_MILLIS {
        return None;
    }
    let (one, other) = (before.assessment.attention.value_and_sd()?, window.assessment.attention.value_and_sd()?);
    let value = (1.0 - 2.0 * (other.0 - one.0).abs()).max(0.0);
    // Of the difference of two, twice.
    let variance = 4.0 * (one.1 * one.1 + other.1 * other.1);
    Some(over_window(STABILITY, window.at, (value, variance)))
}

fn of_check_in(said: &CheckIn, into: &mut Vec<Observation>) {
    let answers = [(VIBE, said.vibe.map(f64::from)), (SAID_VALENCE, said.valence), (SAID_AROUSAL, said.arousal)];
    into.extend(answers.into_iter().filter_map(|(number, value)| {
        let at = said.window.start_millis();
        Some(Observation { measure: measure(number), at, millis: 0, value: value?, variance: 0.0 })
    }));
}

fn over_window(number: u16, at: i64, (value, variance): (f64, f64)) -> Observation {
    Observation { measure: measure(number), at, millis: WINDOW_MILLIS, value, variance }
}

/// The measure of one of the numbers above.
fn measure(number: u16) -> &'static Measure {
    &MEASURES[usize::from(number) - 1]
}
