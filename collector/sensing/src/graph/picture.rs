use attune_analysis::indicators::{Assessment, Score};
use attune_pages::PagesError;
use attune_pages::drawing::{self, Canvas, Theme, utc};
use attune_protocol::ids::SessionId;
use attune_protocol::registry::Modality;

use super::bands::{self, shares};
use super::bins::Bins;
use super::layout::{CONTRIBUTIONS_HEIGHT, COVERAGE_STEP, LEFT, MARGIN, RIGHT, SCORE_HEIGHT, SCORE_STEP, TOP, WIDTH};
use super::scores::SHOWN;
use crate::sessions::{SessionKind, WindowRow};

/// What a picture is of.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// The session.
    pub session: SessionId,
    /// What made it.
    pub kind: SessionKind,
    /// Its windows, in order of time.
    pub windows: &'a [WindowRow],
}

/// Top of the contributions, of the coverage, and the end of all plots.
const CONTRIBUTIONS: f64 = TOP + SCORE_STEP * SHOWN.len() as f64 + 8.0;
const COVERAGE: f64 = CONTRIBUTIONS + CONTRIBUTIONS_HEIGHT + 40.0;
const BOTTOM: f64 = COVERAGE + COVERAGE_STEP * 4.0 - 4.0;
/// Height of the drawing.
pub(super) const HEIGHT: f64 = BOTTOM + 66.0;

/// The picture of a session as SVG; without a theme it follows what its viewer prefers.
///
/// It names no person: nothing but the session's id, times and scores stands in it. It holds no script and refers to
/// nothing outside itself. Its length is bounded, however long the session is.
#[must_use]
pub fn svg(picture: &Picture<'_>, theme: Option<Theme>) -> String {
    let assessments: Vec<Assessment> = picture.windows.iter().map(|w| w.assessment.clone()).collect();
    let session = picture.kind.summarize(&assessments);
    let bins = Bins::of(picture.kind, picture.windows);
    let (title, description) = (title(bins.as_ref()), description(picture, &session));
    let mut canvas = Canvas::new((WIDTH, HEIGHT), &title, &description, theme);
    header(&mut canvas, picture, &session, &title);
    if let Some(bins) = &bins {
        let tops = (0..SHOWN.len()).map(|i| TOP + i as f64 * SCORE_STEP);
        tops.clone().for_each(|top| canvas.rect("track", (LEFT, top), RIGHT - LEFT, SCORE_HEIGHT));
        bins.axis().draw(&mut canvas, TOP, BOTTOM);
        SHOWN.into_iter().zip(tops).for_each(|(shown, top)| shown.draw(&mut canvas, bins, &session, top));
        bands::contributions(&mut canvas, bins, &session, CONTRIBUTIONS);
        bands::coverage(&mut canvas, bins, &session, COVERAGE);
        legend(&mut canvas, bins);
    }
    canvas.finish()
}

/// The picture of a session as PNG, `width` pixels wide; a width outside of [`drawing::PNG_WIDTHS`] is brought into it.
///
/// # Errors
/// When there is no memory for the pixels.
pub fn png(picture: &Picture<'_>, theme: Theme, width: u32) -> Result<Vec<u8>, PagesError> {
    drawing::png(&svg(picture, Some(theme)), width)
}

fn title(bins: Option<&Bins>) -> String {
    let Some(bins) = bins else { return String::from("A session without windows") };
    let (day, time) = ("%-d %B %Y", "%H:%M:%S");
    let (from, to) = (utc(bins.start, day), utc(bins.end, day));
    let to = if from == to { String::new() } else { format!("{to}, ") };
    format!("{from}, {} to {to}{} UTC", utc(bins.start, time), utc(bins.end, time))
}

fn header(canvas: &mut Canvas, picture: &Picture<'_>, session: &Assessment, title: &str) {
    canvas.text("ink strong", 21.0, (MARGIN, 42.0), title);
    let windows = match picture.windows.len() {
        1 => String::from("one window of ten seconds"),
        count => format!("{count} windows of ten seconds"),
    };
    let text = format!("{} {} \u{b7} {windows}", kind(picture.kind), picture.session);
    canvas.text("muted", 12.5, (MARGIN, 64.0), &text);
    canvas.text("muted end", 12.5, (WIDTH - MARGIN, 64.0), "signal quality");
    let quality = session.quality.map_or_else(|| String::from("\u{2013}"), |quality| format!("{quality:.2}"));
    canvas.text("ink strong end", 21.0, (WIDTH - MARGIN, 42.0), &quality);
}

const fn kind(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Live => "Session",
        SessionKind::Analysis => "Analysis",
    }
}

fn legend(canvas: &mut Canvas, bins: &Bins) {
    let y = HEIGHT - 20.0;
    let mut x = LEFT;
    let mut entry = |canvas: &mut Canvas, width: f64, text: &str| {
        canvas.text("muted", 11.0, (x + 28.0, y), text);
        x += width;
        x
    };
    canvas.rect("band ink", (LEFT, y - 10.0), 20.0, 12.0);
    canvas.rect("ink", (LEFT, y - 5.0), 20.0, 2.0);
    let next = entry(canvas, 230.0, "score and one standard deviation");
    canvas.hatched((next, y - 10.0), 20.0, 12.0);
    entry(canvas, 210.0, "a gap: no score, or nothing seen");
    let point = match bins.length / 1000 {
        10 => return,
        seconds if seconds < 60 => format!("{seconds} s"),
        seconds if seconds < 3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    };
    canvas.text("muted end", 11.0, (RIGHT, y), &format!("a point is the mean over {point}"));
}

/// The picture in words.
fn description(picture: &Picture<'_>, session: &Assessment) -> String {
    let scores = SHOWN.map(|shown| match (shown.of)(session) {
        Score::Known { value, sd, .. } => {
            format!("{} {}, standard deviation {sd:.2}.", shown.name, shown.value(*value))
        }
        Score::Missing(absence) => format!("{}.", absence.sentence(shown.name)),
    });
    let rests = shares(session).map_or_else(String::new, |shares| {
        let each = Modality::SENSED.into_iter().zip(shares).filter(|(_, share)| *share > 0.0);
        let each: Vec<String> = each.map(|(m, share)| format!("{m} {:.0} %", share * 100.0)).collect();
        format!(" They rest on {}.", each.join(", "))
    });
    let seen = Modality::SENSED.map(|m| match session.modalities.iter().find(|seen| seen.modality == m) {
        Some(seen) => format!("{m} {:.0} % seen", seen.coverage * 100.0),
        None => format!("{m}: {}", bands::unseen(session, m)),
    });
    format!(
        "{} {}, {} windows. {}{rests} {}.",
        kind(picture.kind),
        picture.session,
        picture.windows.len(),
        scores.join(" "),
        seen.join(", ")
    )
}

/// Height of the plots of all scores, for the tests.
#[cfg(test)]
pub(super) const SCORES_BOTTOM: f64 = TOP + SCORE_STEP * (SHOWN.len() - 1) as f64 + SCORE_HEIGHT;
