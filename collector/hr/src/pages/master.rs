use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{ButtonLink, Weight};
use attune_pages::part::{Facts, Fold, Tabs};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row as Line, Table as Rows};
use attune_pages::words::{self, HrMasterWords, decimal};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{PLACE, called};
use crate::master::{Definition, FEATURES, Feature, Row, Value, definitions};
use crate::merged;
use crate::rows::Table;
use crate::state::Hr;

const PATH: &str = "/hr/master";
/// Rows of a page.
const MOST: usize = 50;

/// Which part is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    of: String,
    after: Option<String>,
}

fn texts() -> &'static HrMasterWords {
    &super::texts().master
}

/// The features of one table, some employees at a time.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Hr>,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    state.check_given()?;
    let table = Table::of_name(&asked.of).unwrap_or(Table::Activity);
    let master = merged::rows(&state).await?;
    let rows = &master.rows;
    let finding = texts().finding.of(rows.len() as u64);
    let Opened { frame, .. } = opened(state.people(), &asker, &texts().title, &finding, PLACE).await?;
    let tabs = Table::ALL.into_iter().fold(Tabs::new(texts().tabs.as_str()), |tabs, of| {
        tabs.tab(called(of), format!("{PATH}?of={}", of.name()), of == table)
    });
    let body = Markup::of(&tabs)
        .with(&shown(rows, table, asked.after.as_deref()))
        .with(&how(&definitions(&state.settings().decay), table));
    Ok(frame.back(PLACE, texts().back.as_str()).answer(&body))
}

fn shown(rows: &[Row], table: Table, after: Option<&str>) -> Rows {
    let texts = texts();
    let features: Vec<&Feature> = FEATURES.iter().filter(|feature| feature.source == table).collect();
    let employee = Column::new(texts.employee.as_str());
    let columns = features.iter().map(|feature| Column::new(feature.display_name));
    let begin = after.map_or(0, |after| rows.partition_point(|row| row.employee.0.as_str() <= after));
    let end = rows.len().min(begin + MOST);
    let next = rows[begin..end].last().filter(|_| end < rows.len()).map(|row| {
        let after = utf8_percent_encode(&row.employee.0, NON_ALPHANUMERIC);
        format!("{PATH}?of={}&after={after}", table.name())
    });
    let give = ButtonLink::new(PLACE, texts.give.as_str(), Weight::Primary);
    let made = Rows::new(texts.caption.with("table", called(table)), [employee].into_iter().chain(columns).collect())
        .when_empty(&Shown::Empty { what: texts.empty.clone(), step: Some(give) })
        .pages(None, next);
    let made = match rows.len() as u64 {
        0 => made,
        all => made.export("/api/v1/hr/master.csv", all, "").export_as("/api/v1/hr/master.parquet", "Parquet"),
    };
    rows[begin..end].iter().map(|row| line(row, &features)).fold(made, Rows::row)
}

fn line(row: &Row, features: &[&Feature]) -> Line {
    let cells = features.iter().map(|feature| feature.value(row).map_or_else(Cell::none, cell));
    Line::new([Cell::text(row.employee.0.as_str())].into_iter().chain(cells).collect())
}

/// A value of a feature.
pub(super) fn cell(value: Value) -> Cell {
    let texts = super::texts();
    match value {
        Value::Number(number) => Cell::text(words::short(number)),
        Value::Truth(is_so) => Cell::text(if is_so { texts.yes.as_str() } else { texts.no.as_str() }),
        Value::Day(day) => Cell::text(words::date(day)),
        Value::Count(_) | Value::Word(_) => Cell::text(value.to_string()),
    }
}

/// What each feature of a table is.
fn how(all: &[Definition], table: Table) -> Fold {
    let facts = all.iter().filter(|of| of.source == table).fold(Facts::new(), |facts, of| {
        facts.fact(called_with(of.display_name, of.unit), says(of.definition, of.decay_a_day))
    });
    Fold::new(texts().how.as_str(), &facts)
}

/// What a feature is called, with what it is counted in.
pub(super) fn called_with(name: &str, unit: &str) -> String {
    if unit.is_empty() { name.to_owned() } else { format!("{name} ({unit})") }
}

/// What a feature is.
pub(super) fn says(definition: &str, decay_a_day: Option<f64>) -> String {
    let decay = decay_a_day.map(|rate| format!(" {}", texts().decay.with("rate", &decimal(rate, 3))));
    format!("{definition}{}", decay.unwrap_or_default())
}
