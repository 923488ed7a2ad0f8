//! Signing in with a passkey, and the page of one's own.

use attune_ground::http::{AnyQuery, Problem};
use attune_pages::form::{Button, Choice, Field, Form, TextKind};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::{Frame, Markup};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::passkeys::{self, Asked, Damaged, Kept, MOST, Site};
use super::super::session::{self, Session};
use super::enter::{self, again, nobody, once_more, onwards};
use super::times::times;
use crate::People;
use crate::pages::{Fields, answered_as, go_to, local, refuse};
use crate::rights::Asker;
use crate::sign_in::routes::{asked_by, visit};
use crate::sign_in::visit::{Factors, Shown};
use crate::sign_in::{Login, Opened, opened};

const PATH: &str = "/account/passkeys";
/// Asks the browser, and puts its answer into the form.
const SCRIPT: &str = "passkey.js";
const DAMAGED: &str =
    "What lies here of one or more of your passkeys is damaged: it signs you in no more. Remove it, and add one anew.";
const NONE_HERE: &str = "A passkey belongs to a name, and is used by TLS only. Ask for this collector by its name, with https (on its \
     own machine: by localhost), instead of by an address.";

pub(super) fn site(request: &Request) -> Option<Site> {
    Site::of(asked_by(request), visit(request).secure)
}

fn none_here() -> Problem {
    Problem::conflict("answer", "there are no passkeys by an address: ask for this collector by its name, with https")
}

/// The form with which the script asks the browser, and hands on what it answers.
fn asking(id: &str, action: &str, csrf: &str, asked: Asked) -> Form {
    Form::post(id, action, csrf).hidden("step", asked.step).hidden("asked", asked.options).hidden("answer", "")
}

/// Asks a browser for a passkey.
pub(super) async fn show(
    State(people): State<People>,
    AnyQuery(asked): AnyQuery<enter::Asked>,
    request: Request,
) -> Result<Response, Problem> {
    let Some(site) = site(&request) else {
        let page = Frame::new("Sign in with a passkey", NONE_HERE, people.settings.profile).back("/sign-in", "Sign in");
        return Ok(page.answer(&Markup::none()));
    };
    people.count_way(&visit(&request)).await?;
    let form = form(&people, &site, &asked.next).await?;
    Ok(page(&people, &form))
}

async fn form(people: &People, site: &Site, next: &str) -> Result<Form, Problem> {
    let asked = passkeys::ask(people, site).await?;
    let form = asking("passkey-sign-in", "/sign-in/passkey", "", asked).hidden("next", local(next, ""));
    Ok(form.button(Button::primary("Use a passkey")))
}

fn page(people: &People, form: &Form) -> Response {
    let finding = "Your telephone, computer or stick asks for a finger, a face or a PIN. It needs scripts.";
    let mut frame = Frame::new("Sign in with a passkey", finding, people.settings.profile);
    frame.scripts.push(SCRIPT);
    frame.back("/sign-in", "Sign in").refused(form.is_refused()).answer(&Markup::of(form))
}

/// Signs in who answers with a passkey: it stands for password and second factor both.
pub(super) async fn take(State(people): State<People>, request: Request) -> Result<Response, Problem> {
    let (visit, site) = (visit(&request), site(&request).ok_or_else(none_here)?);
    let fields = Fields::take(&people.bodies, request).await?;
    let signed = async {
        let login = passkeys::who(&people, &site, fields.get("step"), fields.get("answer")).await?;
        let (cookies, stage) = people.begin_session(&visit, &login, Shown::now(Factors::Both)).await?;
        people.came_back(&visit).await?;
        Ok::<_, Problem>((login, cookies, stage))
    };
    match signed.await {
        Ok((login, cookies, stage)) => {
            let home = login.roles.first().map_or("/account", |role| role.home());
            Ok(go_to(&onwards(stage, local(fields.get("next"), home)), cookies))
        }
        Err(problem) => {
            people.count_way(&visit).await?;
            let form = form(&people, &site, fields.get("next")).await?;
            Ok(again(&people, problem, form, |people, _, form| page(people, form)))
        }
    }
}

/// The passkeys of who asks.
pub(super) async fn own(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let has = site(&request).is_some();
    let Opened { frame, login, csrf, .. } = open(&people, &asker).await?;
    let body = body(&people, &login, has, (&csrf, adding(&login, &csrf))).await?;
    Ok(frame.answer(&body))
}

async fn open(people: &People, asker: &Asker) -> Result<Opened, Problem> {
    let finding = "A key that your telephone, computer or stick holds, and uses only for who shows it a finger, a face or a PIN. It stands \
                   for your password and your second factor. Times are UTC.";
    let mut opened = opened(people, asker, "Your passkeys", finding, "/account").await?;
    opened.frame = opened.frame.back("/account", "Your account");
    Ok(opened)
}

fn adding(login: &Login, csrf: &str) -> Form {
    let form = Form::post("passkey-name", PATH, csrf)
        .named("Add a passkey")
        .field(Field::text("key_name", "What you call it", TextKind::Plain).at_most(60).hint("Such as: my telephone"));
    once_more(form, login, "password").button(Button::quiet("Add a passkey"))
}

fn removing(login: &Login, csrf: &str, (keys, damaged): (&[Kept], &[Damaged])) -> Form {
    let times = times();
    let of = |key: &Damaged| Choice::new(&key.id, format!("One that is damaged, since {}", times.moment(key.made_at)));
    let whole = keys.iter().map(|key| Choice::new(key.id(), key.name()));
    let choices = whole.chain(damaged.iter().map(of)).collect();
    let form = Form::post("passkey-removal", "/account/passkeys/remove", csrf)
        .named("Remove a passkey")
        .field(Field::select("key", "Which one", choices).hint("Delete it on the device that holds it, too."));
    once_more(form, login, "removal_password").button(Button::quiet("Remove it"))
}

/// What the page shows: all forms but those that were refused, which are given.
async fn body(people: &People, login: &Login, has: bool, (csrf, adding): (&str, Form)) -> Result<Markup, Problem> {
    let (keys, damaged) = passkeys::list(&people.store, &people.keys, login.id).await?;
    let body = match (keys.is_empty(), damaged.is_empty()) {
        (true, true) => Markup::paragraph("You have none."),
        (true, false) => Markup::none(),
        (false, _) => Markup::of(&table(&keys)),
    };
    let body = match damaged.is_empty() {
        true => body,
        false => body.with(&Markup::paragraph(DAMAGED)),
    };
    let all = keys.len() + damaged.len();
    let body = match (has, all < MOST) {
        (true, true) => body.with(&adding),
        (true, false) => {
            body.with(&Markup::paragraph("You have as many as one may have: remove one before you add another."))
        }
        (false, _) => body.with(&Markup::paragraph(NONE_HERE)),
    };
    Ok(if all == 0 { body } else { body.with(&removing(login, csrf, (&keys, &damaged))) })
}

fn table(keys: &[Kept]) -> Table {
    let columns = ["Passkey", "Made for", "Since", "Last used"].map(Column::new);
    let times = times();
    keys.iter().fold(Table::new("Your passkeys", columns.into()), |table, key| {
        let used = key.used_at.map_or_else(|| Cell::text("Never"), |at| Cell::text(times.moment(at)));
        let cells = vec![Cell::text(key.name()), Cell::text(key.host()), Cell::text(times.moment(key.made_at)), used];
        table.row(Row::new(cells))
    })
}

async fn of(people: &People, asker: &Asker) -> Result<Session, Problem> {
    session::of_key(&people.store, asker.session().ok_or_else(nobody)?).await?.ok_or_else(nobody)
}

/// Asks the browser of who shows once more that it is they to make a passkey.
pub(super) async fn ask(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let (visit, site) = (visit(&request), site(&request).ok_or_else(none_here)?);
    let session = of(&people, &asker).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let Opened { mut frame, login, csrf, .. } = open(&people, &asker).await?;
    let asked = async {
        let login = people
            .prove_again(&visit, (session.login, Some(&session.key)), ("password", fields.get("password")))
            .await?;
        passkeys::ask_for_new(&people, &site, &login, fields.get("key_name")).await
    };
    match asked.await {
        Ok(asked) => {
            frame.scripts.push(SCRIPT);
            let form = asking("passkey-new", "/account/passkeys/add", &csrf, asked)
                .button(Button::primary("Make the passkey"));
            let what = "Your browser asks which device is to hold the passkey. It needs scripts.";
            Ok(frame.answer(&Markup::paragraph(what).with(&form)))
        }
        Err(problem) => {
            let mut form = adding(&login, &csrf).keep(fields.typed());
            refuse(&mut form, &problem);
            let body = body(&people, &login, true, (&csrf, form)).await?;
            Ok(answered_as(problem, frame.refused(true).answer(&body)))
        }
    }
}

/// Keeps the passkey that a browser has made.
pub(super) async fn add(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let site = site(&request).ok_or_else(none_here)?;
    let fields = Fields::take(&people.bodies, request).await?;
    let Opened { frame, login, csrf, .. } = open(&people, &asker).await?;
    match passkeys::add(&people, &site, &login, fields.get("step"), fields.get("answer")).await {
        Ok(()) => Ok(go_to(PATH, Vec::new())),
        Err(problem) => {
            let mut form = adding(&login, &csrf);
            refuse(&mut form, &problem);
            let body = body(&people, &login, true, (&csrf, form)).await?;
            Ok(answered_as(problem, frame.refused(true).answer(&body)))
        }
    }
}

/// Removes a passkey.
pub(super) async fn remove(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let visit = visit(&request);
    let session = of(&people, &asker).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let Opened { frame, login, csrf, .. } = open(&people, &asker).await?;
    let removed = async {
        people
            .prove_again(
                &visit,
                (session.login, Some(&session.key)),
                ("removal_password", fields.get("removal_password")),
            )
            .await?;
        match passkeys::remove(&people, &login, fields.get("key")).await? {
            true => Ok(()),
            false => Err(Problem::bad_request("key", "choose which one")),
        }
    };
    match removed.await {
        Ok(()) => Ok(go_to(PATH, Vec::new())),
        Err(problem) => {
            let (keys, damaged) = passkeys::list(&people.store, &people.keys, login.id).await?;
            let mut form = removing(&login, &csrf, (&keys, &damaged)).keep(fields.typed());
            refuse(&mut form, &problem);
            Ok(answered_as(problem, frame.refused(true).answer(&form)))
        }
    }
}
