//! What the scores rest on: the share of each modality, and how much of each was seen.

use std::fmt::Write;

use attune_analysis::indicators::Assessment;
use attune_pages::drawing::{Axis, Canvas, Px};
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;

use super::bins::Bins;
use super::layout::{Layout, Measures};

/// The mean share of each modality, in the order of their numbers, over the scores that are given; none when no score is.
pub(super) fn shares(assessment: &Assessment) -> Option<[f64; 4]> {
    // Overall is made of the others.
    let scores = [&assessment.stress, &assessment.attention, &assessment.valence, &assessment.arousal];
    let given = scores.iter().filter(|score| !score.contributions().is_empty());
    let count = given.clone().count();
    let share = |modality| {
        let own = given.clone().flat_map(|score| score.contributions()).filter(|c| c.modality == modality);
        own.fold(0.0, |sum, c| sum + c.share) / count as f64 // an empty sum() is -0
    };
    (count > 0).then(|| Modality::SENSED.map(share))
}

/// Stacked shares over time; hatched where there is no score.
pub(super) fn contributions(canvas: &mut Canvas, measures: &Measures, bins: &Bins, session: &Assessment) {
    let (top, left, size) = (measures.contributions(), measures.margin, measures.small);
    let (legend, column) = match measures.layout {
        Layout::Wide => {
            canvas.text("ink strong", 13.0, (left, top + 12.0), "What they rest on");
            canvas.text("muted", size, (left, top + 28.0), "share of each modality,");
            canvas.text("muted", size, (left, top + 42.0), "mean over the scores given");
            (top + 64.0, 92.0)
        }
        Layout::Narrow => {
            canvas.text("ink strong", 14.0, (left, top - 62.0), "What they rest on");
            canvas.text("muted", size, (left, top - 44.0), "share of each modality, mean over the scores");
            (top - 26.0, 106.0)
        }
    };
    if let Some(shares) = shares(session) {
        for (i, (modality, share)) in Modality::SENSED.into_iter().zip(shares).enumerate() {
            let (x, y) = (left + (i % 2) as f64 * column, legend + (i / 2) as f64 * 17.0);
            canvas.rect(modality.name(), (x, y - 9.0), 10.0, 10.0);
            let text = format!("{modality} {:.0}\u{a0}%", share * 100.0);
            canvas.text("muted", size, (x + 15.0, y), &text);
        }
    }
    let height = measures.contributions_height;
    canvas.hatched((measures.left, top), measures.plot(), height);
    let axis = bins.axis(measures);
    let mut areas: [String; 4] = Default::default();
    for bin in &bins.bins {
        let Some(shares) = shares(&bin.assessment) else { continue };
        let (x, width) = bar(axis, bin.start, bin.end);
        let mut bottom = top + height;
        for (area, share) in areas.iter_mut().zip(shares) {
            block(area, (x, bottom - share * height), width, share * height);
            bottom -= share * height;
        }
    }
    for (modality, area) in Modality::SENSED.into_iter().zip(&areas) {
        canvas.path(&format!("crisp {modality}"), area);
    }
    for (text, share) in [("100\u{a0}%", 1.0), ("50\u{a0}%", 0.5), ("0", 0.0)] {
        canvas.text("muted", measures.smallest, (measures.right + 6.0, top + height * (1.0 - share) + 3.5), text);
    }
}

/// For each modality how much of it was seen over time, as the height of a bar.
pub(super) fn coverage(canvas: &mut Canvas, measures: &Measures, bins: &Bins, session: &Assessment) {
    let (top, left, width, high) = (measures.coverage(), measures.left, measures.plot(), measures.coverage_height);
    let (title, label, name, words_end) = match measures.layout {
        Layout::Wide => ((top - 9.0, 13.0), 10.0, 12.0, left - 12.0),
        Layout::Narrow => ((top - 30.0, 14.0), -6.0, measures.small, measures.right),
    };
    canvas.text("ink strong", title.1, (measures.margin, title.0), "What was seen");
    let axis = bins.axis(measures);
    for (i, modality) in Modality::SENSED.into_iter().enumerate() {
        let y = top + i as f64 * measures.coverage_step;
        let seen = session.modalities.iter().find(|seen| seen.modality == modality);
        canvas.text("ink", name, (measures.margin, y + label), modality.name());
        let Some(seen) = seen else {
            canvas.hatched((left, y), width, high);
            canvas.text("muted end", measures.small, (words_end, y + label), &unseen(session, modality));
            continue;
        };
        canvas.text("muted end", measures.small, (words_end, y + label), &words(bins, modality, seen.coverage));
        canvas.rect("track", (left, y), width, high);
        let mut bars = String::new();
        let mut reached = bins.start;
        for bin in &bins.bins {
            let Some(seen) = bin.assessment.modalities.iter().find(|seen| seen.modality == modality) else { continue };
            if bin.start > reached {
                canvas.hatched((axis.x(reached), y), axis.x(bin.start) - axis.x(reached), high);
            }
            reached = bin.end;
            let (x, width) = bar(axis, bin.start, bin.end);
            let height = seen.coverage.clamp(0.0, 1.0) * high;
            block(&mut bars, (x, y + high - height), width, height);
        }
        if bins.end > reached {
            canvas.hatched((axis.x(reached), y), axis.x(bins.end) - axis.x(reached), high);
        }
        canvas.path(&format!("crisp {modality}"), &bars);
    }
}

/// Why nothing at all was seen of a modality.
pub(super) fn unseen(session: &Assessment, modality: Modality) -> String {
    let lack = session.unseen.iter().find(|lack| lack.modality == modality);
    lack.map_or("no device", |lack| lack.reason.code()).replace('_', " ")
}

/// The part that was seen, and the reason that the most points give where something is missing.
fn words(bins: &Bins, modality: Modality, coverage: f64) -> String {
    let gaps = bins.bins.iter().flat_map(|bin| &bin.assessment.modalities).filter(|seen| seen.modality == modality);
    let mut counts: Vec<(Gap, usize)> = Vec::new();
    for gap in gaps.filter_map(|seen| seen.gap) {
        match counts.iter_mut().find(|(known, _)| *known == gap) {
            Some((_, count)) => *count += 1,
            None => counts.push((gap, 1)),
        }
    }
    let percent = format!("{:.0}\u{a0}%", coverage * 100.0);
    match counts.into_iter().max_by_key(|(_, count)| *count) {
        Some((gap, _)) if coverage < 0.995 => format!("{}, {percent}", gap.name().replace('_', " ")),
        _ => percent,
    }
}

/// Place and width of a bar; a little air between bars that are wide enough to be told apart.
fn bar(axis: Axis, start: i64, end: i64) -> (f64, f64) {
    let (left, right) = (axis.x(start), axis.x(end));
    (left, right - left - if right - left > 6.0 { 1.0 } else { 0.0 })
}

fn block(path: &mut String, (x, y): (f64, f64), width: f64, height: f64) {
    if height >= 0.05 {
        let _ = write!(path, "M{} {}h{}v{}h-{}z", Px(x), Px(y), Px(width), Px(height), Px(width));
    }
}
