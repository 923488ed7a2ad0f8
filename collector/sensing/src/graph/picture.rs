use attune_analysis::indicators::{Assessment, Score};
use attune_pages::PagesError;
use attune_pages::drawing::{self, Canvas, Theme, utc};
use attune_protocol::ids::SessionId;
use attune_protocol::registry::Modality;

use super::bands::{self, shares};
use super::bins::Bins;
use super::layout::{Layout, Measures};
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

/// The picture of a session as SVG; without a theme it follows what its viewer prefers.
///
/// It names no person: nothing but the session's id, times and scores stands in it. It holds no script and refers to
/// nothing outside itself. Its length is bounded, however long the session is.
#[must_use]
pub fn svg(picture: &Picture<'_>, layout: Layout, theme: Option<Theme>) -> String {
    let assessments: Vec<Assessment> = picture.windows.iter().map(|w| w.assessment.clone()).collect();
    let session = picture.kind.summarize(&assessments);
    let bins = Bins::of(picture.kind, picture.windows);
    let (title, description) = (title(bins.as_ref()), description(picture, &session));
    let measures = layout.measures();
    let mut canvas = Canvas::new(layout.size(), &title, &description, theme);
    match layout {
        Layout::Wide => header(&mut canvas, measures, picture, &session, &title),
        Layout::Narrow => narrow_header(&mut canvas, measures, picture, &session, &title),
    }
    if let Some(bins) = &bins {
        let tops = (0..SHOWN.len()).map(|place| measures.score(place));
        tops.clone().for_each(|top| canvas.rect("track", (measures.left, top), measures.plot(), measures.score_height));
        bins.axis(measures).draw(&mut canvas, measures.top, measures.bottom());
        SHOWN.into_iter().zip(tops).for_each(|(shown, top)| shown.draw(&mut canvas, measures, bins, &session, top));
        bands::contributions(&mut canvas, measures, bins, &session);
        bands::coverage(&mut canvas, measures, bins, &session);
        legend(&mut canvas, measures, bins);
    }
    canvas.finish()
}

/// The picture of a session as PNG, `width` pixels wide; a width outside of [`drawing::PNG_WIDTHS`] is brought into it.
///
/// # Errors
/// When there is no memory for the pixels.
pub fn png(picture: &Picture<'_>, layout: Layout, theme: Theme, width: u32) -> Result<Vec<u8>, PagesError> {
    drawing::png(&svg(picture, layout, Some(theme)), width)
}

fn title(bins: Option<&Bins>) -> String {
    let Some(bins) = bins else { return String::from("A session without windows") };
    let (day, time) = ("%-d %B %Y", "%H:%M:%S");
    let (from, to) = (utc(bins.start, day), utc(bins.end, day));
    let to = if from == to { String::new() } else { format!("{to}, ") };
    format!("{from}, {} to {to}{} UTC", utc(bins.start, time), utc(bins.end, time))
}

fn header(canvas: &mut Canvas, measures: &Measures, picture: &Picture<'_>, session: &Assessment, title: &str) {
    let (left, right) = (measures.margin, measures.width - measures.margin);
    canvas.text("ink strong", 21.0, (left, 42.0), title);
    let text = format!("{} {} \u{b7} {}", kind(picture.kind), picture.session, windows(picture));
    canvas.text("muted", 12.5, (left, 64.0), &text);
    canvas.text("muted end", 12.5, (right, 64.0), "signal quality");
    canvas.text("ink strong end", 21.0, (right, 42.0), &quality(session));
}

/// The same, each part on a line of its own.
fn narrow_header(canvas: &mut Canvas, measures: &Measures, picture: &Picture<'_>, session: &Assessment, title: &str) {
    let left = measures.margin;
    let (from, to) = title.split_once(" to ").unwrap_or((title, ""));
    canvas.text("ink strong", 16.0, (left, 26.0), from);
    if !to.is_empty() {
        canvas.text("ink strong", 16.0, (left, 46.0), &format!("to {to}"));
    }
    canvas.text("muted", measures.small, (left, 68.0), &format!("{}, {}", kind(picture.kind), windows(picture)));
    canvas.text("muted", measures.small, (left, 86.0), &picture.session.to_string());
    canvas.text("muted", measures.small, (left, 104.0), &format!("signal quality {}", quality(session)));
}

fn windows(picture: &Picture<'_>) -> String {
    match picture.windows.len() {
        1 => String::from("one window of ten seconds"),
        count => format!("{count} windows of ten seconds"),
    }
}

fn quality(session: &Assessment) -> String {
    session.quality.map_or_else(|| String::from("\u{2013}"), |quality| format!("{quality:.2}"))
}

const fn kind(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Live => "Session",
        SessionKind::Analysis => "Analysis",
    }
}

fn legend(canvas: &mut Canvas, measures: &Measures, bins: &Bins) {
    let (size, height) = (measures.small, measures.height());
    let (score, gap) = match measures.layout {
        Layout::Wide => ((measures.left, height - 20.0), (measures.left + 230.0, height - 20.0)),
        Layout::Narrow => ((measures.left, height - 32.0), (measures.left, height - 12.0)),
    };
    canvas.rect("band ink", (score.0, score.1 - 10.0), 20.0, 12.0);
    canvas.rect("ink", (score.0, score.1 - 5.0), 20.0, 2.0);
    canvas.text("muted", size, (score.0 + 28.0, score.1), "score and one standard deviation");
    canvas.hatched((gap.0, gap.1 - 10.0), 20.0, 12.0);
    canvas.text("muted", size, (gap.0 + 28.0, gap.1), "a gap: no score, or nothing seen");
    let point = match bins.length / 1000 {
        10 => return,
        seconds if seconds < 60 => format!("{seconds} s"),
        seconds if seconds < 3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    };
    let mean = format!("a point is the mean over {point}");
    match measures.layout {
        Layout::Wide => canvas.text("muted end", size, (measures.right, score.1), &mean),
        Layout::Narrow => canvas.text("muted", size, (measures.left, 122.0), &mean),
    }
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
