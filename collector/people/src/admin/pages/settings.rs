use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::State;
use axum::response::Response;

use super::open;
use crate::People;
use crate::rights::Asker;

/// What is set, and where each setting comes from.
pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let settings = &people.surroundings.settings;
    let set = settings.iter().filter(|one| one.origin != "built in").count();
    let finding = match set {
        0 => "Every setting has its built-in value.".to_owned(),
        1 => "One setting is set; all others have their built-in values.".to_owned(),
        set => format!("{set} settings are set; all others have their built-in values."),
    };
    let opened = open(&people, &asker, "Settings", &finding, "/admin/settings").await?;
    let columns = ["Setting", "Value", "Comes from"].map(Column::new);
    let table = Table::new("Settings in force", columns.into())
        .when_empty(&Shown::Empty { what: "The settings, where the program tells them.".into(), step: None })
        .note("They are read when the collector starts. What is secret in an address is not shown.");
    let table = settings.iter().fold(table, |table, one| {
        let value = if one.value.is_empty() { Cell::text("empty") } else { Cell::text(&one.value) };
        table.row(Row::new(vec![Cell::text(&one.key), value, Cell::text(&one.origin)]))
    });
    Ok(opened.frame.back("/admin", "Overview").answer(&Markup::of(&table)))
}
