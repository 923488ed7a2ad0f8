use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Field, Form, TextKind, Weight};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::{by, runs};
use super::{calendar, of_the_form, open, refused, shown_again};
use crate::People;
use crate::access::{self, Of};
use crate::pages::{Fields, go_to};
use crate::rights::Asker;
use crate::sign_in::Opened;
use crate::teams;

const PATH: &str = "/admin/teams";

/// The teams.
pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let opened = of(&people, &asker).await?;
    let body = body(&people, &form(&opened.csrf)).await?;
    Ok(opened.frame.answer(&body))
}

async fn of(people: &People, asker: &Asker) -> Result<Opened, Problem> {
    let finding = "Who is in which team, and who leads it. Figures of a team are shown to who leads it, where it is large enough.";
    open(people, asker, "Teams", finding, PATH).await
}

fn form(csrf: &str) -> Form {
    Form::post("team", PATH, csrf)
        .named("Make a team")
        .field(Field::text("name", "Name", TextKind::Plain).at_most(80).autocomplete("off"))
        .button(Button::primary("Make the team"))
}

async fn body(people: &People, form: &Form) -> Result<Markup, Problem> {
    let now = now_millis();
    let times = calendar();
    let columns = vec![
        Column::new("Team"),
        Column::number("In it now"),
        Column::number("Lead it now"),
        Column::new("Since"),
        Column::new("State"),
    ];
    let table = Table::new("Teams", columns)
        .when_empty(&Shown::Empty { what: "Teams, with who is in each and who leads it.".into(), step: None });
    let table = teams::list(&people.store, now).await?.into_iter().fold(table, |table, one| {
        let state = one.team.closed_at.map_or("open".to_owned(), |at| format!("closed {}", times.day(at)));
        let row = Row::new(vec![
            Cell::text(one.team.name),
            Cell::count(one.members),
            Cell::count(one.managers),
            Cell::text(times.day(one.team.made_at)),
            Cell::text(state),
        ]);
        table.row(row.to(format!("{PATH}/{}", one.team.id)))
    });
    let import = ButtonLink::new("/admin/import", "Import many from a table", Weight::Quiet);
    Ok(Markup::of(&table).with(form).with(&import))
}

/// Makes a team.
pub(super) async fn make(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    runs(&asker)?;
    let fields = Fields::take(&people.bodies, request).await?;
    match teams::make(&people.store, fields.get("name"), &by(&asker)).await? {
        Ok(id) => Ok(go_to(&format!("{PATH}/{id}"), Vec::new())),
        Err(problem) => {
            let problem = of_the_form(problem.into())?;
            access::read(&people.store, &asker, Of::Everybody).await?;
            let opened = of(&people, &asker).await?;
            let form = refused(form(&opened.csrf), fields.typed(), &problem);
            let body = body(&people, &form).await?;
            Ok(shown_again(&opened, problem, &body))
        }
    }
}
