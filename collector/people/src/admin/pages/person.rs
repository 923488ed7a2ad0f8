use attune_ground::http::{AnyQuery, Path, Problem};
use attune_pages::form::{Button, Form};
use attune_pages::part::Facts;
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::{Link, Markup};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::folk::{self, Device};
use super::super::{by, runs};
use super::people::code_form;
use super::{After, calendar, done, open};
use crate::People;
use crate::access::{self, Of};
use crate::pages::{Fields, go_to, local};
use crate::rights::Asker;

/// Somebody, and their devices.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let one = folk::find(&people, &id).await?;
    access::read(&people.store, &asker, Of::Person(one.person)).await?;
    let finding = match one.devices {
        0 => "No device senses this person now.".to_owned(),
        1 => "One device is enrolled for this person.".to_owned(),
        devices => format!("{devices} devices are enrolled for this person."),
    };
    let opened = open(&people, &asker, &one.user_id, &finding, "/admin/people").await?;
    let times = calendar();
    let facts = Facts::new().with("Known since", &times.when(one.since));
    let facts = match one.login {
        Some(login) => facts.with("Signs in", &Link::new(format!("/admin/accounts/{login}"), "with an account")),
        None => facts.fact("Signs in", "no account"),
    };
    let columns = ["Device", "Enrolled", "State", "What can be done"].map(Column::new);
    let table = Table::new("Devices", columns.into())
        .when_empty(&Shown::Empty {
            what: "Devices of this person, once one was enrolled with a code.".into(),
            step: None,
        })
        .note("A device that is revoked keeps what it holds, and what it has sent stays here.");
    let revoke = |device: &Device| {
        Form::post(format!("r{}", device.id), format!("/admin/devices/{}/revoke", device.id), &*opened.csrf)
            .hidden("person", &*id)
            .button(Button::dangerous("Revoke"))
    };
    let table = folk::devices(&people.store, one.person).await?.iter().fold(table, |table, device| {
        let (state, can_be_done) = match (device.is_anothers, device.revoked_at) {
            (true, _) => ("somebody else's since".to_owned(), Cell::none()),
            (false, Some(at)) => (format!("revoked {}", times.moment(at)), Cell::text("Enrol it anew with a code")),
            (false, None) => (
                match device.former_key_used_at {
                    Some(at) => format!("taken in; a key of before was used {}", times.moment(at)),
                    None => "taken in".to_owned(),
                },
                Cell::of(&revoke(device)),
            ),
        };
        let name: String = device.id.to_string().chars().take(8).collect();
        table.row(Row::new(vec![Cell::text(name), Cell::of(&times.when(device.since)), Cell::text(state), can_be_done]))
    });
    let news = if after.done == "revoked" { done("The device is revoked") } else { Markup::none() };
    let code = code_form("code", Some(&one.user_id), &opened.csrf);
    let frame = opened.frame.back("/admin/people", "People");
    Ok(frame.answer(&news.with(&facts).with(&table).with(&code)))
}

/// Revokes a device.
pub(super) async fn revoke(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let fields = Fields::take(&people.bodies, request).await?;
    folk::revoke(&people.store, &id, &by(&asker)).await?;
    let back = format!("/admin/people/{}?done=revoked", fields.get("person"));
    Ok(go_to(local(&back, "/admin/people"), Vec::new()))
}
