//! The search itself: rows of the master table in, who is beyond the line out, and why. Knows no database.

use std::collections::BTreeMap;

use attune_forest::{Detection, Error, Settings, threads};

use super::found::{Change, Found, Seen};
use crate::master::{INPUTS, Row, inputs};

/// Seeds by which it is tried how sure a flag is.
const SEEDS: u32 = 10;

/// Fewer people are no crowd that anybody could stand out of.
pub(super) const FEWEST: usize = 10;

/// What nobody is told to change: when they came and how that went is past, and nobody is to be ill less.
const FIXED: [&str; 4] = ["Sick Leave_Factor", "Days_Since_Joining", "Onboarding_Factor", "Onboarding_Feedback"];

/// Who is beyond the line, by their places among the rows, the most unusual first.
///
/// # Errors
/// For settings out of bounds.
pub(super) fn found(rows: &[Row], settings: &Settings) -> Result<Vec<(usize, Found)>, Error> {
    if rows.len() < FEWEST {
        return Ok(Vec::new());
    }
    let (values, threads) = (values(rows), threads());
    let detection = Detection::of(&values, INPUTS.len(), settings, threads)?;
    let flagged = detection.flagged();
    let mut shares: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    detection.contributions(&flagged, threads, |row, contributions| {
        shares.insert(row, contributions.to_vec());
    })?;
    let stability = detection.stability(&flagged, SEEDS, threads)?;
    let (base, offset) = (detection.forest().base(), detection.forest().offset());
    let mutable = INPUTS.map(|input| !FIXED.contains(&input.name));
    let mut all = Vec::with_capacity(flagged.len());
    for (asked, place) in flagged.into_iter().enumerate() {
        let Some((row, contributions)) = rows.get(place).zip(shares.get(&place)) else { continue };
        let (ordinary, decision) = (detection.nearest(place), detection.decisions()[place]);
        let seen = |input: usize| Seen {
            contribution: contributions[input],
            value: values[place * INPUTS.len() + input],
            firsts: stability.firsts[asked][input],
            ordinary: ordinary[input].map(|span| (span.least, span.greatest)),
        };
        let way_out = detection.counterfactual(place, contributions, &mutable)?;
        let change = |change: attune_forest::Change| Change { input: change.feature, from: change.from, to: change.to };
        let found = Found {
            score: decision + offset,
            decision,
            base,
            inputs: (0..INPUTS.len()).map(seen).collect(),
            seeds: stability.seeds,
            flagged_by: stability.flags[place],
            way_out: way_out.map(|out| out.changes.into_iter().map(change).collect()),
            hours: row.hours.mean,
            points: row.points,
            rating: row.rating,
            vibe: row.vibe,
        };
        all.push((place, found));
    }
    Ok(all)
}

/// The inputs of all rows. What trees could not compare is not known.
pub(super) fn values(rows: &[Row]) -> Vec<Option<f64>> {
    let compared = |value: Option<f64>| value.filter(|value| (*value as f32).is_finite());
    rows.iter().flat_map(inputs).map(compared).collect()
}
