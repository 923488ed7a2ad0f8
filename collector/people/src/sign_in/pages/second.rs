//! Setting up the second factor: where a role asks for it before anything else, and for whoever wants one.

use attune_ground::http::{AnyQuery, Problem};
use attune_pages::form::{Button, ButtonLink, Field, Form, Weight};
use attune_pages::part::{Facts, Qr};
use attune_pages::{Frame, Markup};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::session::{self, Session, Stage};
use super::super::totp::{self, Offer};
use super::super::{Login, csrf_of, find};
use super::enter::{again, nobody, once_more};
use crate::People;
use crate::pages::{Fields, local};
use crate::rights::Asker;
use crate::sign_in::routes::visit;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    next: String,
}

/// Shows what the app on the telephone is to read.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    let login = who(&people, &asker).await?;
    let offer = totp::offer(&people.store, &people.keys, login.id, &login.name).await?.ok_or_else(there_is)?;
    let session = session::of_key(&people.store, asker.session().ok_or_else(nobody)?).await?.ok_or_else(nobody)?;
    Ok(page(&people, &offer, &form(&people, &session, &login, &asked.next)))
}

async fn who(people: &People, asker: &Asker) -> Result<Login, Problem> {
    find(&people.store, &people.keys, asker.login().ok_or_else(nobody)?).await?.ok_or_else(nobody)
}

fn there_is() -> Problem {
    Problem::conflict(
        "code",
        "this account has a second factor already; an administrator can take it away, where the telephone was lost",
    )
}

fn page(people: &People, offer: &Offer, form: &Form) -> Response {
    let finding = "A code from an app on your telephone, beside your password: who has learnt the password alone gets no further.";
    let typed: Vec<String> =
        offer.typed.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    let body = Markup::none()
        .with(&Markup::heading("1. Add Attune to the app"))
        .with(&Markup::paragraph("Any app for one-time codes does: let its camera read this, or type the key."))
        .with(&Qr::new("The key", &offer.address, "For the camera of the app"))
        .with(&Facts::new().fact("To type", typed.join(" ")))
        .with(&Markup::heading("2. Type the code that it shows"))
        .with(form);
    Frame::new("Set up your second factor", finding, people.settings.profile).refused(form.is_refused()).answer(&body)
}

fn form(people: &People, session: &Session, login: &Login, next: &str) -> Form {
    let csrf = csrf_of(&people.own, &session.key);
    let form = Form::post("second", "/sign-in/second", csrf).hidden("next", local(next, ""));
    let form = if session.stage == Stage::Done { once_more(form, login, "password") } else { form };
    form.field(Field::code("code", "Code").hint("Six digits")).button(Button::primary("Set it up"))
}

/// Takes the first code, and shows the recovery codes, once.
pub(super) async fn take(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let visit = visit(&request);
    let login = who(&people, &asker).await?;
    let session = session::of_key(&people.store, asker.session().ok_or_else(nobody)?).await?.ok_or_else(nobody)?;
    let fields = Fields::take(&people.bodies, request).await?;
    let offer =
        || async { totp::offer(&people.store, &people.keys, login.id, &login.name).await?.ok_or_else(there_is) };
    let refused = |problem: Problem, offer: &Offer| {
        let form = form(&people, &session, &login, fields.get("next"));
        again(&people, problem, form, |people, _, form| page(people, offer, form))
    };
    if session.stage == Stage::Done {
        let password = ("password", fields.get("password"));
        if let Err(problem) = people.prove_again(&visit, (session.login, Some(&session.key)), password).await {
            return Ok(refused(problem, &offer().await?));
        }
    }
    let guess = people.count_code(&visit, &login).await?;
    let mut transaction = people.store.begin().await?;
    let right = totp::take(&mut transaction, &people.keys, login.id, fields.get("code"), true).await?;
    if !right {
        drop(transaction);
        let problem = Problem::bad_request(
            "code",
            "this code is wrong: look whether the telephone's clock is right, and take the next one",
        );
        return Ok(refused(problem, &offer().await?));
    }
    let codes = totp::make_recovery_codes(&mut transaction, login.id).await?;
    guess.was_right(&mut transaction).await?;
    transaction.commit().await?;
    // What was set up counts from here on.
    let login = who(&people, &asker).await?;
    let cookies = match session.stage {
        Stage::Done => {
            session::end_others(&people.store, login.id, &session.key).await?;
            Vec::new()
        }
        Stage::Code | Stage::SetUp => people.finish_session(&visit, &login, &session).await?,
    };
    let home = login.roles.first().map_or("/account", |role| role.home());
    let mut response = told(&people, &codes, local(fields.get("next"), home));
    let name = axum::http::header::SET_COOKIE;
    cookies.into_iter().for_each(|cookie| _ = response.headers_mut().append(name.clone(), cookie));
    Ok(response)
}

/// The recovery codes, which nobody can show again.
pub(super) fn told(people: &People, codes: &[String], next: &str) -> Response {
    let finding = "Keep them where you find them without your telephone. Each works once in the place of a code. They are shown here only.";
    let list = codes.iter().enumerate().fold(Facts::new(), |list, (n, code)| list.fact(format!("{}", n + 1), code));
    let body = Markup::of(&list).with(&ButtonLink::new(next, "I have kept them: go on", Weight::Primary));
    Frame::new("Your recovery codes", finding, people.settings.profile).answer(&body)
}
