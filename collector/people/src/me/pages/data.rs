use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Choice, Field, Form, Weight};
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::requests::{self, Kind};
use super::super::{Own, corrections, pseudonym, routes};
use super::times;
use crate::People;
use crate::pages::{Fields, go_to};
use crate::rights::Asker;
use crate::sign_in::{Opened, opened};

const PATH: &str = "/me/data";

pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let times = times(&people, &own).await?;
    let finding = format!("All that is kept of you is yours to take, to correct and to erase. {}", times.says());
    let Opened { frame, csrf, .. } = opened(&people, &asker, "Your data", &finding, PATH).await?;
    let export = Form::post("export", "/me/data/export", &csrf).button(Button::primary("Save all my data"));
    let take = "One archive: what your devices measured, your sessions and scores, what you said, what you agreed to and prefer, and \
                who looked. As JSON and CSV, heart rates as FHIR R4 and Open mHealth, too, signed by the collector. Nothing in it is \
                sealed: keep it where only you read it.";
    let correct = "Beside each session you can say that a score was wrong, and how it was. The score stays and your word stands \
                   beside it, here and in the archive.";
    let erase = "Erases everything and your account with it. Nobody can bring it back: the key that opens it is destroyed, and lies in no copy of the database.";
    let prefer = "What is sensed of you, whether and for how long it is kept, and how sure a score must be.";
    let mut body = Markup::none()
        .with(&Markup::heading("Choose what is kept"))
        .with(&Markup::paragraph(prefer))
        .with(&ButtonLink::new("/me/preferences", "See what is in force", Weight::Quiet))
        .with(&Markup::heading("Take it"))
        .with(&Markup::paragraph(take))
        .with(&export)
        .with(&ButtonLink::new("/me/hr", "See what tables of the personnel department say of you", Weight::Quiet))
        .with(&Markup::heading("Correct it"))
        .with(&Markup::paragraph(correct))
        .with(&ButtonLink::new("/me", "Choose a session", Weight::Quiet));
    let mut said = Vec::new();
    for person in &own.people {
        said.extend(corrections::of(&people.store, &people.keys, *person, None).await?);
    }
    if !said.is_empty() {
        let columns = ["When", "Score", "You said", "Note"].map(Column::new).to_vec();
        let mut table = Table::new("What you said against scores", columns);
        for one in &said {
            table = table.row(Row::new(vec![
                Cell::of(&times.when(one.made_at)),
                Cell::text(if one.said.score.is_empty() { "the session" } else { &one.said.score }),
                Cell::text(one.said.label.clone()),
                Cell::text(one.said.note.clone()),
            ]));
        }
        body = body.with(&table);
    }
    body = body
        .with(&Markup::heading("Erase it"))
        .with(&Markup::paragraph(erase))
        .with(&ButtonLink::new("/me/erase", "Erase my data", Weight::Dangerous))
        .with(&asked(&people, &own, &csrf).await?);
    Ok(frame.answer(&body))
}

/// What was asked of the organisation, and the form that asks for more.
async fn asked(people: &People, own: &Own, csrf: &str) -> Result<Markup, Problem> {
    let all = requests::list(&people.store, Some(&pseudonym(&people.own, own.person))).await?;
    let times = times(people, own).await?;
    let columns = ["What", "Received", "Due", "Done"].map(Column::new).to_vec();
    let mut table = Table::new("What you asked for", columns);
    for request in &all {
        table = table.row(Row::new(vec![
            Cell::text(request.kind.name()),
            Cell::of(&times.when(request.received_at)),
            Cell::of(&times.when(request.due_at)),
            request.done_at.map_or_else(|| Cell::text("not yet"), |at| Cell::of(&times.when(at))),
        ]));
    }
    let choices = vec![
        Choice::new("access", "A copy of my data"),
        Choice::new("correction", "That something is put right"),
        Choice::new("erasure", "That something is erased"),
    ];
    let form = Form::post("ask", "/me/data/request", csrf)
        .named("Ask the organisation instead")
        .field(
            Field::radios("kind", "What do you ask for?", choices).hint("The privacy officer answers within 30 days."),
        )
        .button(Button::quiet("Send my request"));
    let table = if all.is_empty() { Markup::none() } else { Markup::of(&table) };
    Ok(Markup::none().with(&form).with(&table))
}

/// The archive. By a form, so that no page elsewhere can have it made.
pub(super) async fn export(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    routes::export_all(asker, State(people)).await
}

pub(super) async fn ask(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let kind = Kind::of(fields.get("kind"));
    let kind =
        kind.ok_or_else(|| Problem::bad_request("kind", "choose what you ask for: access, correction or erasure"))?;
    let mut transaction = people.store.begin().await?;
    requests::receive(&mut transaction, &pseudonym(&people.own, own.person), kind, false).await?;
    transaction.commit().await?;
    Ok(go_to(PATH, Vec::new()))
}
