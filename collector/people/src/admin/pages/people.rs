use attune_ground::http::{AnyQuery, Client, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form, TextKind};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::length;
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::folk;
use super::super::{PAGE, by, runs, told};
use super::{Wanted, calendar, of_the_form, onwards, open, refused, shown_again};
use crate::People;
use crate::access::{self, Of};
use crate::pages::{Fields, go_to};
use crate::rights::Asker;
use crate::sign_in::Opened;

const PATH: &str = "/admin/people";

/// The people, page by page.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    AnyQuery(wanted): AnyQuery<Wanted>,
) -> Result<Response, Problem> {
    let opened = of(&people, &asker).await?;
    let form = code_form("code", None, &opened.csrf);
    let body = body(&people, &wanted, &form).await?;
    Ok(opened.frame.answer(&body))
}

async fn of(people: &People, asker: &Asker) -> Result<Opened, Problem> {
    let finding = "Who may be sensed, by which devices. What was sensed stands on nobody's page but their own.";
    open(people, asker, "People", finding, PATH).await
}

async fn body(people: &People, wanted: &Wanted, form: &Form) -> Result<Markup, Problem> {
    let (found, next) = folk::page(people, &wanted.name, &wanted.after, PAGE).await?;
    let times = calendar();
    let filter = Form::get("filter", PATH)
        .field(
            Field::text("name", "User id", TextKind::Search)
                .hint("The whole of it: user ids lie sealed")
                .value(&wanted.name)
                .at_most(256),
        )
        .button(Button::quiet("Show"));
    let columns =
        vec![Column::new("User id"), Column::number("Devices"), Column::new("Signs in"), Column::new("Since")];
    let table = Table::new("People", columns)
        .filter(filter)
        .when_empty(&Shown::Empty {
            what: "Everybody for whom a device was enrolled, or an account made.".into(),
            step: None,
        })
        .pages((!wanted.after.is_empty()).then(|| PATH.to_owned()), onwards(PATH, wanted, next.as_deref()));
    let table = found.iter().fold(table, |table, one| {
        let row = Row::new(vec![
            Cell::text(&one.user_id),
            Cell::count(one.devices),
            Cell::text(if one.login.is_some() { "yes" } else { "no account" }),
            Cell::text(times.day(one.since)),
        ]);
        table.row(row.to(format!("{PATH}/{}", one.person)))
    });
    Ok(Markup::of(&table).with(form))
}

/// Asks for a code: for somebody, or for whom a user id names.
pub(super) fn code_form(id: &str, of: Option<&str>, csrf: &str) -> Form {
    let times =
        [15, 60, 24 * 60, 7 * 24 * 60].map(|minutes| Choice::new(minutes.to_string(), length(minutes * 60_000)));
    let form = Form::post(id, "/admin/codes", csrf).named("Enrol a device");
    let form = match of {
        Some(user) => form.hidden("user_id", user),
        None => form.field(
            Field::text("user_id", "User id", TextKind::Name)
                .hint("Whose device it is. Somebody who is not in the list yet is from then on.")
                .at_most(256)
                .autocomplete("off"),
        ),
    };
    form.field(Field::select("valid_minutes", "How long the code can be used", times.into()).value("15"))
        .button(Button::primary("Make a one-time code"))
}

/// Makes a code.
pub(super) async fn code(
    State(people): State<People>,
    asker: Asker,
    client: Client,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    told::can_be(&asker)?;
    let fields = Fields::take(&people.bodies, request).await?;
    let made = async {
        let minutes = fields.get("valid_minutes").parse::<i64>();
        let minutes =
            minutes.map_err(|_| Problem::bad_request("valid_minutes", "choose how long the code can be used"))?;
        folk::code(&people, fields.get("user_id"), minutes, &by(&asker)).await
    };
    match made.await {
        Ok(code) => {
            let user = fields.get("user_id").trim();
            let told = told::Told {
                title: "A code to enrol a device".into(),
                finding: format!("For a device of {user}. It is shown here only. On the device, run this line:"),
                what: "The line for the device".into(),
                secret: code.line,
                is_drawn: true,
                hint: format!("It enrols one device, once, within {}. {}", length(code.minutes * 60_000), code.note),
                next: (PATH.into(), "Go on to the people".into()),
            };
            Ok(go_to("/admin/told", vec![told::cookie(&people, &asker, client.secure, told).await?]))
        }
        Err(problem) => {
            let problem = of_the_form(problem)?;
            access::read(&people.store, &asker, Of::Everybody).await?;
            let opened = of(&people, &asker).await?;
            let form = refused(code_form("code", None, &opened.csrf), fields.typed(), &problem);
            let body = body(&people, &Wanted::default(), &form).await?;
            Ok(shown_again(&opened, problem, &body))
        }
    }
}
