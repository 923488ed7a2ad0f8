use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_pages::form::{Button, Field, Form};
use attune_pages::words::Calendar;
use attune_pages::{Link, Markup};
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::tz::TimeZone;

use super::super::{logins, session, tokens, totp};
use super::enter::{again, nobody};
use super::second;
use crate::People;
use crate::pages::{Fields, Opened, go_to, opened, sentence};
use crate::rights::{Asker, Role};
use crate::sign_in::routes::visit;

const PATH: &str = "/account";

/// The page of one's own account.
pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let Opened { frame, login, csrf, .. } = open(&people, &asker).await?;
    Ok(frame.answer(&body(&people, &asker, &login, &csrf, password_form(&csrf)).await?))
}

async fn open(people: &People, asker: &Asker) -> Result<Opened, Problem> {
    opened(people, asker, "Your account", "How you sign in, and where you are signed in now. Times are UTC.", PATH)
        .await
}

fn password_form(csrf: &str) -> Form {
    Form::post("password", "/account/password", csrf)
        .named("Change your password")
        .field(Field::password("current", "Your password now", "current-password"))
        .field(Field::password("password", "Your new password", "new-password").hint("Ten characters or more"))
        .button(Button::quiet("Change my password"))
}

async fn body(
    people: &People,
    asker: &Asker,
    login: &logins::Login,
    csrf: &str,
    password: Form,
) -> Result<Markup, Problem> {
    let roles: Vec<&str> = login.roles.iter().map(|role| role.words()).collect();
    let mut body = Markup::none().with(&Markup::paragraph(format!(
        "You sign in as {}. You are: {}.",
        login.name,
        roles.join(", ")
    )));
    body = body.with(&Markup::heading("Second factor"));
    if login.has_second_factor {
        let left = totp::recovery_codes_left(&people.store, login.id).await?;
        let recovery = Form::post("recovery", "/account/recovery", csrf)
            .field(Field::password("recovery_password", "Your password", "current-password"))
            .button(Button::quiet("Make new recovery codes"));
        body = body
            .with(&Markup::paragraph(format!(
                "It is set up. Recovery codes that are left: {left} of {}.",
                totp::RECOVERY_CODES
            )))
            .with(&recovery);
    } else {
        body = body
            .with(&Markup::paragraph("None: whoever learns your password can sign in as you."))
            .with(&Link::new("/account/second", "Set up a second factor"));
    }
    body = body.with(&password).with(&Markup::heading("Browsers that are signed in"));
    // A login has no zone of its own.
    let times = Calendar::new(TimeZone::UTC, now_millis());
    let here = asker.session();
    for session in session::list(&people.store, login.id).await? {
        let (is_here, browser) = (Some(&session.key) == here, session.browser(&people.store, &people.keys).await?);
        let browser = if browser.is_empty() { "A browser that does not say what it is".into() } else { browser };
        let note = if is_here { "; this one" } else { "" };
        body = body.with(&Markup::paragraph(format!(
            "{browser}. Since {}, last seen {}{note}.",
            times.moment(session.made_at),
            times.moment(session.seen_at)
        )));
        if !is_here {
            let end = Form::post(format!("b{}", session.key.name()), "/account/browsers", csrf)
                .hidden("session", session.key.name())
                .button(Button::quiet("Sign this browser out"));
            body = body.with(&end);
        }
    }
    let families = tokens::families(&people.store, login.id).await?;
    if !families.is_empty() {
        body = body.with(&Markup::heading("Programs that are signed in"));
    }
    for (family, made, seen) in families {
        let end = Form::post(format!("p{family}"), "/account/programs", csrf)
            .hidden("family", family.to_string())
            .button(Button::quiet("Sign this program out"));
        let since = format!("Since {}, last seen {}.", times.moment(made), times.moment(seen));
        body = body.with(&Markup::paragraph(since)).with(&end);
    }
    let others = Form::post("others", "/account/others", csrf).button(Button::quiet("Sign out everywhere else"));
    Ok(body.with(&others))
}

/// Puts on another role.
pub(super) async fn put_on(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let (login, key) = (asker.login().ok_or_else(nobody)?, asker.session().ok_or_else(nobody)?);
    let fields = Fields::take(&people.bodies, request).await?;
    let role: Role = fields.get("role").parse().map_err(|error| Problem::bad_request("role", format!("{error}")))?;
    match session::put_on(&people.store, key, login, role).await? {
        true => Ok(go_to(role.home(), Vec::new())),
        false => Err(Problem::forbidden("your account does not have this role")),
    }
}

/// Changes the password; everything else that is signed in ends.
pub(super) async fn change_password(
    State(people): State<People>,
    asker: Asker,
    request: Request,
) -> Result<Response, Problem> {
    let visit = visit(&request);
    let fields = Fields::take(&people.bodies, request).await?;
    let Opened { frame, login, csrf, .. } = open(&people, &asker).await?;
    let key = asker.session().ok_or_else(nobody)?;
    let changed = async {
        let current = fields.get("current").to_owned();
        people.prove_password(&visit, &login.name, current).await.map_err(|problem| wrong("current", problem))?;
        people.new_password("password", &login.name, fields.get("password").to_owned()).await
    };
    match changed.await {
        Ok(hash) => {
            let mut transaction = people.store.begin().await?;
            logins::set_password(&mut transaction, login.id, &hash, Some(key)).await?;
            transaction.commit().await?;
            Ok(go_to(PATH, Vec::new()))
        }
        Err(problem) => {
            let mut form = password_form(&csrf);
            form.refuse(problem.field.as_deref().unwrap_or_default(), sentence(&problem.detail));
            let body = body(&people, &asker, &login, &csrf, form).await?;
            Ok(again(&people, problem, Form::post("x", PATH, ""), |_, _, _| frame.clone().refused(true).answer(&body)))
        }
    }
}

/// A problem with a password that is no name's: it is the password alone that is wrong.
fn wrong(field: &str, problem: Problem) -> Problem {
    match problem.status {
        401 => Problem::bad_request(field, "this is not your password"),
        _ => problem,
    }
}

/// Signs another browser out.
pub(super) async fn end_browser(
    State(people): State<People>,
    asker: Asker,
    request: Request,
) -> Result<Response, Problem> {
    let login = asker.login().ok_or_else(nobody)?;
    let fields = Fields::take(&people.bodies, request).await?;
    for session in session::list(&people.store, login).await? {
        if session.key.name() == fields.get("session") {
            session::end(&people.store, login, &session.key).await?;
        }
    }
    Ok(go_to(PATH, Vec::new()))
}

/// Signs a program out.
pub(super) async fn end_program(
    State(people): State<People>,
    asker: Asker,
    request: Request,
) -> Result<Response, Problem> {
    let login = asker.login().ok_or_else(nobody)?;
    let fields = Fields::take(&people.bodies, request).await?;
    let family =
        fields.get("family").parse().map_err(|_| Problem::bad_request("family", "there is no such program"))?;
    tokens::revoke(&people.store, login, family).await?;
    Ok(go_to(PATH, Vec::new()))
}

/// Signs out everywhere else.
pub(super) async fn end_others(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let (login, key) = (asker.login().ok_or_else(nobody)?, asker.session().ok_or_else(nobody)?);
    session::end_others(&people.store, login, key).await?;
    Ok(go_to(PATH, Vec::new()))
}

/// Makes recovery codes in the place of those before, for who shows the password once more.
pub(super) async fn new_recovery_codes(
    State(people): State<People>,
    asker: Asker,
    request: Request,
) -> Result<Response, Problem> {
    let visit = visit(&request);
    let fields = Fields::take(&people.bodies, request).await?;
    let Opened { login, .. } = open(&people, &asker).await?;
    let password = fields.get("recovery_password").to_owned();
    people
        .prove_password(&visit, &login.name, password)
        .await
        .map_err(|problem| wrong("recovery_password", problem))?;
    let mut transaction = people.store.begin().await?;
    let codes = totp::make_recovery_codes(&mut transaction, login.id).await?;
    transaction.commit().await?;
    Ok(second::told(&people, &codes, PATH))
}
