use attune_ground::http::{Path, Problem};
use attune_pages::form::{Button, Field, Form};
use attune_pages::{Frame, Markup};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::{find, links};
use super::enter::again;
use crate::People;
use crate::pages::{Fields, go_to};
use crate::sign_in::routes::visit;

/// Where somebody chooses a password with a one-time link.
pub(super) async fn show(State(people): State<People>, Path(link): Path<String>) -> Result<Response, Problem> {
    let login = links::whose(&people.store, &link).await?.ok_or_else(gone)?;
    let login = find(&people.store, &people.keys, login).await?.ok_or_else(gone)?;
    let finding = format!("For the account {}. The link works once.", login.name);
    Ok(page(&people, &finding, &form(&link)))
}

fn gone() -> Problem {
    Problem::not_found("this link was used already, or has ended: ask who gave it to you for another")
}

fn page(people: &People, finding: &str, form: &Form) -> Response {
    Frame::new("Choose your password", finding, people.settings.profile)
        .refused(form.is_refused())
        .answer(&Markup::of(form))
}

fn form(link: &str) -> Form {
    let hint = "Ten characters or more. A few words that do not belong together are good, and easy to keep in mind.";
    Form::post("join", format!("/join/{link}"), "")
        .field(Field::password("password", "Password", "new-password").hint(hint))
        .field(Field::password("again", "The same once more", "new-password"))
        .button(Button::primary("Choose this password"))
}

/// Takes the password.
pub(super) async fn take(
    State(people): State<People>,
    Path(link): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let login = links::whose(&people.store, &link).await?.ok_or_else(gone)?;
    let login = find(&people.store, &people.keys, login).await?.ok_or_else(gone)?;
    let visit = visit(&request);
    let fields = Fields::take(&people.bodies, request).await?;
    let chosen = async {
        if fields.get("password") != fields.get("again") {
            return Err(Problem::bad_request("again", "the two are not the same"));
        }
        people.new_password("password", &login.name, fields.get("password").to_owned()).await
    };
    let hash = match chosen.await {
        Ok(hash) => hash,
        Err(problem) => return Ok(again(&people, problem, form(&link), page)),
    };
    let cookie = people.join(&visit, &link, login.id, &hash).await?.ok_or_else(gone)?;
    Ok(go_to("/sign-in?joined=true", vec![cookie]))
}
