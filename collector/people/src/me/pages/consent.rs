use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::part::{Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::State;
use axum::response::Response;

use super::super::view::in_force;
use super::super::{Own, devices, routes};
use super::times;
use crate::People;
use crate::consent::Told;
use crate::rights::Asker;
use crate::sign_in::{Opened, opened};

pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let told = routes::told(&people, &own).await?;
    let names = devices::list(&people.store, &people.keys, &own.people).await?;
    let name = |told: &Told| {
        let device = names.iter().find(|device| device.device == told.device);
        let short = || format!("Device {}", &told.device.to_string()[..8]);
        device.and_then(|device| device.name.clone()).unwrap_or_else(short)
    };
    let force = in_force(&told);
    let given = force.iter().filter(|told| told.change.granted).count();
    let finding = match given {
        0 => "You agreed to nothing, so that nothing of you is taken in. Times are UTC.".to_owned(),
        1 => "You agreed to one thing. Times are UTC.".to_owned(),
        several => format!("You agreed to {several} things. Times are UTC."),
    };
    let Opened { frame, .. } = opened(&people, &asker, "What you agreed to", &finding, "/me/consent").await?;
    let times = times();
    let columns = ["What", "What for", "Device", "Now", "Since", "Version"].map(Column::new).to_vec();
    let mut table = Table::new("In force", columns).when_empty(&Shown::Empty {
        what: "What you agreed to on each device, with the version and since when.".into(),
        step: None,
    });
    for told in &force {
        let change = told.change;
        table = table.row(Row::new(vec![
            Cell::text(change.modality.name()),
            Cell::text(purpose(change.purpose.name())),
            Cell::text(name(told)),
            Cell::text(if change.granted { "agreed" } else { "withdrawn" }),
            Cell::of(&times.when(change.at_millis)),
            Cell::count(u64::from(change.version)),
        ]));
    }
    let columns = ["Came", "Decided", "What", "What for", "Device", "Decision"].map(Column::new).to_vec();
    let mut every = Table::new("Every change, as the ledger has it", columns);
    for told in told.iter().rev() {
        every = every.row(Row::new(vec![
            Cell::of(&times.when(told.received_at)),
            Cell::of(&times.when(told.change.at_millis)),
            Cell::text(told.change.modality.name()),
            Cell::text(purpose(told.change.purpose.name())),
            Cell::text(name(told)),
            Cell::text(if told.change.granted { "agreed" } else { "withdrawn" }),
        ]));
    }
    let how = "It is changed on the device itself: on its own page, or with `attune-agent consent grant --modality heart` and \
               `attune-agent consent withdraw --modality heart`. A withdrawal counts within ten seconds, also here.";
    let body = Markup::none().with(&table).with(&Notice::new(Tone::Plain, "How to change it", how)).with(&every);
    Ok(frame.answer(&body))
}

/// A purpose in words.
fn purpose(name: &str) -> String {
    match name {
        "own-view" => "your own view, on the device".into(),
        "wellbeing" => "your sessions here, and figures of teams that are large enough".into(),
        other => other.into(),
    }
}
