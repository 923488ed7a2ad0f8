use attune_ground::http::{Problem, Query};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::Calendar;
use attune_pages::{Link, Markup};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::super::api::id;
use super::super::seen::{self, OfSupported, Page, Seen, Whose};
use super::super::supporters::Danger;
use super::super::words::{self, words};
use super::parts::{self, HISTORY, News, OPEN, SETTINGS};
use crate::Wellbeing;

/// The open alerts, oldest first, and of who chose whoever looks that there is one.
pub(super) async fn open(asker: Asker, State(state): State<Wellbeing>) -> Result<Response, Problem> {
    let whose = Whose::of(&state, &asker).await?;
    let times = state.people().calendar(asker.person()).await?;
    let open = seen::open(&state, &whose).await?;
    let supported = seen::of_supported(&state, &asker).await?;
    let texts = words();
    let finding = match open.len() as u64 {
        0 => texts.none_open.clone(),
        count => texts.open.of(count),
    };
    let finding = format!("{finding} {}", times.says());
    let Opened { mut frame, csrf, .. } = opened(state.people(), &asker, &texts.title, &finding, OPEN).await?;
    frame.scripts.push(parts::SCRIPT);
    Ok(frame.answer(&body(&open, &supported, &times, &csrf)))
}

pub(super) fn body(open: &[Seen], supported: &[OfSupported], times: &Calendar, csrf: &str) -> Markup {
    let texts = words();
    let mut body = Markup::of(&parts::tabs(OPEN)).with(&News::of(open)).with(&parts::calls(supported, csrf));
    if open.is_empty() {
        body = body.with(&Shown::Empty { what: texts.empty.clone(), step: None });
    }
    for seen in open {
        let history = Link::new(format!("{OPEN}/{}", id(seen)), texts.became.as_str());
        body = body
            .with(&Markup::heading(parts::title(seen)))
            .with(&parts::facts(seen, times))
            .with(&history)
            .with(&parts::acknowledge(seen, csrf));
    }
    // What the bell counts stands here, and is answered where whom one supports is.
    let asked: Vec<&OfSupported> = supported.iter().filter(|one| one.of.accepted_at.is_none()).collect();
    for one in &asked {
        let name = one.name.as_deref().unwrap_or(&texts.supporters.unnamed);
        body = body.with(&Markup::paragraph(texts.supporters.asks.with("name", name)));
    }
    let wanted: Vec<&OfSupported> = supported.iter().filter(|one| one.of.danger == Danger::Asked).collect();
    for one in &wanted {
        let name = one.name.as_deref().unwrap_or(&texts.supporters.unnamed);
        body = body.with(&Markup::paragraph(texts.supporters.danger_asks.with("name", name)));
    }
    if !asked.is_empty() || !wanted.is_empty() {
        body = body.with(&Link::new(SETTINGS, texts.settings_tab.as_str()));
    }
    let chosen: Vec<&OfSupported> = supported.iter().filter(|one| one.of.accepted_at.is_some()).collect();
    if !chosen.is_empty() {
        body = body.with(&Markup::heading(texts.supporters.others.as_str()));
    }
    for one in chosen {
        let name = one.name.as_deref().unwrap_or(&texts.supporters.unnamed);
        let said = match one.level {
            None => texts.supporters.quiet_now.with("name", name),
            Some(level) => texts.supporters.alert_now.fill(&[("name", name), ("level", words::level(level))]),
        };
        body = body.with(&Markup::paragraph(said));
    }
    body.with(&Markup::paragraph(texts.informs.as_str()))
}

/// Which page of the history is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct HistoryQuery {
    /// Those that were opened before this instant, Unix milliseconds.
    before: Option<i64>,
}

/// All alerts, newest first.
pub(super) async fn history(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(asked): Query<HistoryQuery>,
) -> Result<Response, Problem> {
    let whose = Whose::of(&state, &asker).await?;
    let times = state.people().calendar(asker.person()).await?;
    let page = seen::page(&state, &whose, asked.before.unwrap_or(i64::MAX)).await?;
    let texts = words();
    let finding = format!("{} {}", texts.history_finding, times.says());
    let Opened { frame, .. } = opened(state.people(), &asker, &texts.earlier, &finding, OPEN).await?;
    Ok(frame.answer(&Markup::of(&parts::tabs(HISTORY)).with(&table(&page, &times))))
}

fn table(page: &Page, times: &Calendar) -> Table {
    let texts = words();
    let columns = [&texts.title, &texts.level, &texts.since, &texts.holder, &texts.ended];
    let columns = columns.map(|text| Column::new(text.as_str())).to_vec();
    let empty = Shown::Empty { what: texts.history_empty.clone(), step: None };
    let next = page.next.map(|before| format!("{HISTORY}?before={before}"));
    let table = Table::new(texts.earlier.as_str(), columns).when_empty(&empty).pages(None, next);
    page.alerts.iter().fold(table, |table, seen| {
        let open = || Cell::text(texts.still_open.as_str());
        let ended = seen.standing.closed_at.map_or_else(open, |at| Cell::of(&times.when(at)));
        let cells = vec![
            Cell::text(parts::title(seen)),
            Cell::text(words::level(seen.content.rule.level)),
            Cell::of(&times.when(seen.standing.opened_at)),
            Cell::text(parts::holder(seen.holder.as_ref())),
            ended,
        ];
        table.row(Row::new(cells).to(format!("{OPEN}/{}", id(seen))))
    })
}

#[cfg(test)]
mod tests {
    use attune_protocol::ids::PersonId;
    use jiff::tz::TimeZone;

    use super::super::super::events::Mark;
    use super::super::super::supporters::Supported;
    use super::*;

    #[test]
    fn a_page_says_how_the_alerts_stood_of_which_it_is_made() {
        let times = Calendar::new(TimeZone::UTC, 1_773_230_400_000);
        let page = body(&[], &[], &times, "csrf");
        let stood = format!("data-alerts-news=\"{}\"", Mark::of(&[]).name);
        assert!(page.as_str().contains(&stood), "{}", page.as_str());
    }

    #[test]
    fn who_asks_to_be_supported_stands_where_the_bell_leads() {
        let times = Calendar::new(TimeZone::UTC, 1_773_230_400_000);
        let of =
            Supported { id: [1; 16], person: PersonId([2; 16]), asked_at: 0, accepted_at: None, danger: Danger::No };
        let asked = OfSupported { of, name: Some("<alice>".into()), level: None, is_called: false };
        let page = body(&[], &[asked], &times, "csrf");
        let asks = Markup::paragraph(words().supporters.asks.with("name", "<alice>"));
        assert!(page.as_str().contains(asks.as_str()) && !page.as_str().contains("<alice>"), "{}", page.as_str());
        let link = Markup::of(&Link::new(SETTINGS, words().settings_tab.as_str()));
        let links = |page: &Markup| page.as_str().matches(link.as_str()).count();
        assert_eq!(
            links(&page),
            links(&body(&[], &[], &times, "csrf")) + 1,
            "where nobody asks, none more leads there"
        );
    }
}
