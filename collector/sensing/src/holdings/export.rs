use attune_analysis::indicators::Assessment;
use attune_ground::holdings::{Exported, JsonRows, Parcel};
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, heart};
use serde::Serialize;

use super::heart::{Beat, DataPoint, Entry, bundle_begins};
use super::records::{OfDevices, RecordRow, of_analysis};
use super::table::{self, number};
use crate::SensingError;
use crate::sessions::{
    CheckIn, CheckInView, SessionFilter, SessionKind, SessionRow, SessionView, Summary, WindowView, check_in_of, list,
    said_in, windows,
};

/// Sessions and windows that are read at once.
const PAGE: i64 = 500;

/// Puts all that was sensed of a person into files.
pub(super) fn export<'a>(
    store: &'a Store,
    keys: &'a PersonKeys,
    person: PersonId,
    parcel: &'a mut Parcel,
) -> Exported<'a> {
    Box::pin(async move {
        let own = Own { store, keys, person };
        own.files(parcel).await.map_err(SensingError::into_ground)
    })
}

struct Own<'a> {
    store: &'a Store,
    keys: &'a PersonKeys,
    person: PersonId,
}

/// What is written in other forms, too, once all records were read.
#[derive(Default)]
struct Found {
    beats: Vec<Beat>,
    said: Vec<CheckIn>,
}

impl Found {
    fn note(&mut self, record: &Record) {
        match record.modality() {
            Modality::Heart => {
                let rate = record.features.get(heart::MEAN_HR);
                self.beats.extend(rate.map(|rate| Beat { window: record.window, rate }));
            }
            Modality::CheckIn => self.said.extend(check_in_of(record)),
            _ => {}
        }
    }
}

#[derive(Serialize)]
struct WindowOf<'a> {
    session_id: &'a str,
    #[serde(rename = "window")]
    view: WindowView,
}

impl Own<'_> {
    async fn files(&self, parcel: &mut Parcel) -> Result<(), SensingError> {
        let sessions = self.sessions().await?;
        self.summaries(parcel, &sessions).await?;
        self.windows(parcel, &sessions).await?;
        let found = self.records(parcel, &sessions).await?;
        self.records_table(parcel, &sessions).await?;
        self.check_ins(parcel, &found.said).await?;
        self.hearts(parcel, &found.beats).await
    }

    async fn sessions(&self) -> Result<Vec<SessionRow>, SensingError> {
        let mut filter = SessionFilter {
            people: Some(vec![self.person]),
            kind: None,
            from: i64::MIN,
            to: i64::MAX,
            after: None,
            offset: 0,
        };
        let mut sessions = Vec::new();
        loop {
            let page = list(self.store, &filter, PAGE).await?;
            sessions.extend(page.sessions);
            filter.after = page.next;
            if filter.after.is_none() {
                return Ok(sessions);
            }
        }
    }

    async fn summaries(&self, parcel: &mut Parcel, sessions: &[SessionRow]) -> Result<(), SensingError> {
        let user = accounts::user_of(self.store, self.keys, self.person).await?;
        let mut cells = Vec::with_capacity(sessions.len());
        let mut rows = JsonRows::begin(parcel, "sessions.json").await?;
        for session in sessions {
            let opened = windows(self.store, self.keys, session, i64::MIN, i64::MAX).await?;
            let assessments: Vec<Assessment> = opened.windows.into_iter().map(|window| window.assessment).collect();
            let summary = Summary { scores: session.kind.summarize(&assessments), damaged: opened.damaged };
            let said = said_in(self.store, self.keys, session).await?;
            let view = SessionView::whole(session, user.clone(), &summary, &said);
            cells.push(session_cells(&view));
            rows.row(&view).await?;
        }
        rows.end().await?;
        table::begin(parcel, "sessions.csv", SESSION).await?;
        for row in &cells {
            table::row(parcel, row).await?;
        }
        Ok(())
    }

    async fn windows(&self, parcel: &mut Parcel, sessions: &[SessionRow]) -> Result<(), SensingError> {
        let mut rows = JsonRows::begin(parcel, "windows.json").await?;
        for session in sessions {
            let (id, mut from) = (session.session.to_string(), Some(i64::MIN));
            while let Some(begin) = from {
                let opened = windows(self.store, self.keys, session, begin, PAGE).await?;
                for window in &opened.windows {
                    rows.row(&WindowOf { session_id: &id, view: WindowView::from(window) }).await?;
                }
                from = opened.next;
            }
        }
        rows.end().await?;
        table::begin(parcel, "windows.csv", WINDOW).await?;
        for session in sessions {
            let (id, mut from) = (session.session.to_string(), Some(i64::MIN));
            while let Some(begin) = from {
                let opened = windows(self.store, self.keys, session, begin, PAGE).await?;
                for window in &opened.windows {
                    table::row(parcel, &window_cells(&id, &WindowView::from(window))).await?;
                }
                from = opened.next;
            }
        }
        Ok(())
    }

    async fn records(&self, parcel: &mut Parcel, sessions: &[SessionRow]) -> Result<Found, SensingError> {
        let mut found = Found::default();
        let mut rows = JsonRows::begin(parcel, "records.json").await?;
        let mut of_devices = OfDevices::new(self.store, self.keys, self.person);
        while let Some(records) = of_devices.next().await? {
            for (device, record) in &records {
                found.note(record);
                rows.row(&RecordRow::of(device.to_string(), record)).await?;
            }
        }
        for session in sessions.iter().filter(|session| session.kind == SessionKind::Analysis) {
            for record in of_analysis(self.store, self.keys, session).await? {
                found.note(&record);
                rows.row(&RecordRow::of("analysis".into(), &record)).await?;
            }
        }
        rows.end().await?;
        Ok(found)
    }

    /// A row for each value.
    async fn records_table(&self, parcel: &mut Parcel, sessions: &[SessionRow]) -> Result<(), SensingError> {
        table::begin(parcel, "records.csv", RECORD).await?;
        let mut of_devices = OfDevices::new(self.store, self.keys, self.person);
        while let Some(records) = of_devices.next().await? {
            for (device, record) in &records {
                values(parcel, &RecordRow::of(device.to_string(), record)).await?;
            }
        }
        for session in sessions.iter().filter(|session| session.kind == SessionKind::Analysis) {
            for record in of_analysis(self.store, self.keys, session).await? {
                values(parcel, &RecordRow::of("analysis".into(), &record)).await?;
            }
        }
        Ok(())
    }

    async fn check_ins(&self, parcel: &mut Parcel, said: &[CheckIn]) -> Result<(), SensingError> {
        let mut rows = JsonRows::begin(parcel, "check-ins.json").await?;
        for one in said {
            rows.row(&CheckInView::from(one)).await?;
        }
        rows.end().await?;
        table::begin(parcel, "check-ins.csv", ["window_start", "vibe", "valence", "arousal"]).await?;
        for one in said {
            let view = CheckInView::from(one);
            let vibe = number(view.vibe.map(f64::from));
            table::row(parcel, &[view.window_start, vibe, number(view.valence), number(view.arousal)]).await?;
        }
        Ok(())
    }

    async fn hearts(&self, parcel: &mut Parcel, beats: &[Beat]) -> Result<(), SensingError> {
        let made_at = now_millis();
        // Where there are no heart rates, there is nothing to say in these forms.
        if beats.is_empty() {
            return Ok(());
        }
        parcel.file("fhir-heart-rate.json").await?;
        parcel.put(bundle_begins(made_at)).await?;
        for (place, beat) in beats.iter().enumerate() {
            let entry = serde_json::to_string(&Entry::of(*beat, place)).expect("texts and numbers");
            parcel.put(format!(",\n{entry}")).await?;
        }
        parcel.put("\n]}\n").await?;
        let mut rows = JsonRows::begin(parcel, "open-mhealth-heart-rate.json").await?;
        for (place, beat) in beats.iter().enumerate() {
            rows.row(&DataPoint::of(*beat, place, made_at)).await?;
        }
        rows.end().await?;
        Ok(())
    }
}

const SESSION: [&str; 11] = [
    "session_id",
    "kind",
    "started_at",
    "ended_at",
    "windows",
    "stress_level",
    "attention_score",
    "overall_score",
    "valence",
    "arousal",
    "quality_score",
];

fn session_cells(view: &SessionView) -> [String; 11] {
    let kind = match view.kind {
        SessionKind::Live => "live",
        SessionKind::Analysis => "analysis",
    };
    [
        view.session_id.clone(),
        kind.into(),
        view.started_at.clone(),
        view.ended_at.clone(),
        view.windows.to_string(),
        number(view.stress_level),
        number(view.attention_score),
        number(view.overall_score),
        number(view.valence),
        number(view.arousal),
        number(view.quality_score),
    ]
}

const WINDOW: [&str; 9] = [
    "session_id",
    "window_start",
    "stress_level",
    "attention_score",
    "overall_score",
    "valence",
    "arousal",
    "cognitive_state",
    "quality_score",
];

fn window_cells(session: &str, view: &WindowView) -> [String; 9] {
    let scores = &view.scores;
    [
        session.to_owned(),
        view.window_start.clone(),
        number(scores.stress_level),
        number(scores.attention_score),
        number(scores.overall_score),
        number(scores.valence),
        number(scores.arousal),
        scores.cognitive_state.unwrap_or_default().into(),
        number(scores.quality_score),
    ]
}

const RECORD: [&str; 8] = ["source", "window_start", "modality", "feature", "value", "unit", "quality", "coverage"];

async fn values(parcel: &mut Parcel, row: &RecordRow) -> Result<(), SensingError> {
    for (feature, value) in &row.features {
        let cells = [
            row.source.clone(),
            row.window_start.clone(),
            row.modality.into(),
            (*feature).into(),
            value.value.to_string(),
            value.unit.into(),
            row.quality.to_string(),
            row.coverage.to_string(),
        ];
        table::row(parcel, &cells).await?;
    }
    Ok(())
}
