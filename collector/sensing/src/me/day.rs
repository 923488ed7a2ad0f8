//! What was seen of a person on one day.

use attune_analysis::indicators::{Assessment, Score};
use attune_pages::words::Calendar;
use attune_protocol::ids::PersonId;
use jiff::civil::Date;

use super::written::{STRETCH, Together};
use crate::SensingError;
use crate::sessions::{SessionFilter, SessionKind, SessionRow, Shelf, Text, WindowRow};

/// Sessions of one day that are looked at.
const MOST: i64 = 200;

/// Windows that are opened at once.
const PAGE: i64 = 500;

/// Length of a window, milliseconds.
const WINDOW: i64 = 10_000;

/// A day with what was seen in it.
#[derive(Debug)]
pub(super) struct Day {
    pub(super) date: Date,
    /// First instant, and first one after, Unix milliseconds.
    pub(super) span: (i64, i64),
    /// Its sessions, the earliest first.
    pub(super) sessions: Vec<SessionRow>,
    /// Stretches in which there are windows, in order: where each begins, and what its windows say together.
    pub(super) stretches: Vec<(i64, Assessment)>,
    /// What all windows of the day say together.
    pub(super) whole: Assessment,
    /// For how long anything was seen, milliseconds.
    pub(super) seen: i64,
    /// How long its sessions are together, as far as they lie in it, milliseconds.
    pub(super) on: i64,
    /// What was read of messages, in stretches with some, in order, and together.
    pub(super) written: Vec<(i64, Together)>,
    pub(super) all_written: Together,
}

/// A day of a text, `2026-01-31`; today where there is none. Days are those of the calendar's zone.
pub(super) fn date(text: Option<&str>, times: &Calendar) -> Option<Date> {
    text.map_or_else(|| times.date(times.now), |text| text.parse().ok())
}

impl Day {
    /// What was seen of people who are one.
    pub(super) async fn of(
        shelf: &Shelf,
        people: Vec<PersonId>,
        (date, times): (Date, &Calendar),
    ) -> Result<Option<Self>, SensingError> {
        let Some(span) = times.day_span(date) else { return Ok(None) };
        let mut texts: Vec<Text> = Vec::new();
        for person in &people {
            texts.extend(shelf.written(*person, span).await?);
        }
        texts.sort_by_key(|text| text.window.start_millis());
        let filter =
            SessionFilter { people: Some(people), kind: None, from: span.0, to: span.1, after: None, offset: 0 };
        let mut sessions = shelf.page(&filter, MOST).await?.sessions;
        sessions.reverse();
        let read = sessions.clone();
        let windows = shelf.aside(async move |shelf| windows(&shelf, &read, span).await).await?;
        Ok(Some(Self::made((date, span), sessions, &windows, &texts)))
    }

    fn made(
        (date, span): (Date, (i64, i64)),
        sessions: Vec<SessionRow>,
        windows: &[WindowRow],
        texts: &[Text],
    ) -> Self {
        let seen = windows.iter().filter(|row| row.assessment.modalities.iter().any(|of| of.coverage > 0.0)).count();
        let place = |row: &WindowRow| (row.window.start_millis() - span.0) / STRETCH;
        let together = |rows: &[WindowRow]| {
            let assessments: Vec<Assessment> = rows.iter().map(|row| row.assessment.clone()).collect();
            SessionKind::Live.summarize(&assessments)
        };
        let stretches = windows.chunk_by(|one, next| place(one) == place(next));
        let stretches = stretches.map(|rows| (span.0 + place(&rows[0]) * STRETCH, together(rows))).collect();
        let (written, all_written) = (Together::by_stretch(texts, span.0), Together::of(texts));
        let (whole, seen) = (together(windows), seen as i64 * WINDOW);
        let within = |of: &SessionRow| (of.ended_at.min(span.1) - of.started_at.max(span.0)).max(0);
        let on = sessions.iter().map(within).sum();
        Self { date, span, sessions, stretches, whole, seen, on, written, all_written }
    }
}

/// The windows of sessions within a span, in order of time.
async fn windows(
    shelf: &Shelf,
    sessions: &[SessionRow],
    (begins, ends): (i64, i64),
) -> Result<Vec<WindowRow>, SensingError> {
    let mut all = Vec::new();
    for session in sessions {
        let mut from = Some(begins);
        while let Some(begin) = from.filter(|begin| *begin < ends) {
            let opened = shelf.windows_from(session, begin, PAGE).await?;
            all.extend(opened.windows.into_iter().filter(|row| row.window.start_millis() < ends));
            from = opened.next;
        }
    }
    all.sort_by_key(|row| row.window.start_millis());
    Ok(all)
}

/// A score's field, its name, and how it is found.
pub(super) type Named = (&'static str, &'static str, fn(&Assessment) -> &Score);

/// The scores that a strip shows.
pub(super) const SHOWN: [Named; 3] = [
    ("stress_level", "Stress", |assessment| &assessment.stress),
    ("attention_score", "Attention", |assessment| &assessment.attention),
    ("overall_score", "Overall", |assessment| &assessment.overall),
];
