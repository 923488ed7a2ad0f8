use attune_ground::http::Problem;
use attune_ground::measures::{CHANNELS, MEASURES};
use attune_pages::Markup;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::response::Response;

use super::super::barred::Barred;
use super::super::words::words;
use super::parts;
use crate::state::Wellbeing;

/// What is measured, and how.
pub(super) async fn show(asker: Asker, State(state): State<Wellbeing>) -> Result<Response, Problem> {
    let (people, texts) = (state.people(), &words().how);
    let barred = Barred::of(&state);
    let opened = opened(people, &asker, &texts.measures_title, &texts.measures_finding, "/teams/measures").await?;
    let Opened { frame, .. } = opened;
    let columns = [&texts.name, &texts.range, &texts.formula, &texts.source, &texts.made_of, &texts.shown];
    let columns = columns.map(|text| Column::new(text.as_str())).to_vec();
    let kinds = CHANNELS.each_ref().map(|kind| kind.title);
    let table =
        Table::new(texts.measures_title.as_str(), columns).note(texts.by_channel.with("kinds", &kinds.join(", ")));
    // Each kind of channel has the same eight: once is enough.
    let shown = MEASURES.iter().filter(|measure| measure.channel().is_none());
    let table = shown.fold(table, |table, measure| {
        let (least, most) = parts::ends(measure);
        let shown = match barred.why(measure) {
            Some(why) => parts::why(measure, why),
            None => texts.is_shown.clone(),
        };
        let made_of: Vec<&str> = measure.made_of.iter().map(|data| data.words()).collect();
        table.row(Row::new(vec![
            Cell::text(measure.title),
            Cell::text(texts.range_is.fill(&[("least", &least), ("most", &most)])),
            Cell::text(measure.formula),
            Cell::text(measure.source),
            Cell::text(made_of.join("; ")),
            Cell::text(shown),
        ]))
    });
    Ok(frame.back("/teams", words().list.title.as_str()).answer(&Markup::of(&table)))
}
