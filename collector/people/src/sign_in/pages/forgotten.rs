use attune_ground::http::Problem;
use attune_pages::form::{Button, ButtonLink, Field, Form, TextKind, Weight};
use attune_pages::{Frame, Markup};
use axum::extract::{Request, State};
use axum::response::Response;

use super::enter::again;
use crate::People;
use crate::pages::Fields;
use crate::sign_in::routes::visit;

/// Where somebody asks for another password.
pub(super) async fn show(State(people): State<People>) -> Response {
    match people.post {
        Some(_) => page(&people, "A link to choose another one is mailed to the address of your account.", &form()),
        None => without(&people),
    }
}

fn page(people: &People, finding: &str, form: &Form) -> Response {
    answer(people, finding, form.is_refused(), Markup::of(form))
}

fn answer(people: &People, finding: &str, refused: bool, body: Markup) -> Response {
    let back = ButtonLink::new("/sign-in", "Back to sign in", Weight::Quiet);
    Frame::new("Forgotten your password?", finding, people.settings.profile).refused(refused).answer(&body.with(&back))
}

/// No mail is sent by this collector.
fn without(people: &People) -> Response {
    let how = "An administrator makes you a link with which you choose another one; it works once. They never learn the password itself.";
    answer(people, "Ask an administrator.", false, Markup::paragraph(how))
}

fn form() -> Form {
    Form::post("forgotten", "/sign-in/forgotten", "")
        .field(Field::text("name", "Name or e-mail address", TextKind::Name).autocomplete("username").at_most(256))
        .button(Button::primary("Mail me a link"))
}

/// Has the link mailed. The answer is the same whoever is named.
pub(super) async fn take(State(people): State<People>, request: Request) -> Result<Response, Problem> {
    let visit = visit(&request);
    let Some(post) = &people.post else { return Ok(without(&people)) };
    let fields = Fields::take(&people.bodies, request).await?;
    if fields.get("name").trim().is_empty() {
        return Ok(again(&people, Problem::bad_request("name", "name or e-mail address is missing"), form(), page));
    }
    if let Err(problem) = people.forgotten(&visit, post, fields.get("name")).await {
        return Ok(again(&people, problem, form().keep(fields.typed()), page));
    }
    let sent = "If there is such an account, with a password and an address, a link is on its way there. It can be used for an hour. \
                Nothing came? Look for it among unwanted mail, then ask an administrator.";
    Ok(answer(&people, "Look into your mail.", false, Markup::paragraph(sent)))
}
