use attune_ground::http::{AnyQuery, Problem};
use attune_pages::form::{Button, ButtonLink, Field, Form, TextKind, Weight};
use attune_pages::{Frame, Markup};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::passkeys::Site;
use super::super::session::{self, Stage};
use super::super::{Login, csrf_of, find, set_cookie};
use crate::People;
use crate::pages::{Fields, answered_as, go_to, local, refuse};
use crate::rights::Asker;
use crate::sign_in::routes::{asked_by, visit};
use crate::sign_in::visit::{Factors, Shown};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Where somebody wanted to who was led here.
    pub(super) next: String,
    /// Whether a password was just chosen.
    joined: bool,
    /// Whether somebody is to show once more that it is they, who is signed in and has no password.
    pub(super) again: bool,
}

const ONCE_MORE: &str = "In the way in which you sign in. What you do within ten minutes of it asks for nothing more.";

const NO_WAY: &str = "There is no way here to do so: passkeys are asked for by the name of this collector, with https, and no identity \
     provider is set. Whoever has a password is asked for it where it is needed; else ask an administrator for a link to choose one.";

/// The first page of signing in.
pub(super) async fn show(
    State(people): State<People>,
    AnyQuery(asked): AnyQuery<Asked>,
    request: Request,
) -> Result<Response, Problem> {
    if asked.again {
        let mut ways = ways(&people, has_passkeys(&request), &asked);
        if people.provider.is_none() && !has_passkeys(&request) {
            ways = Markup::paragraph(NO_WAY);
        }
        return Ok(Frame::new("Show that it is you", ONCE_MORE, people.settings.profile)
            .back("/account", "Your account")
            .answer(&ways));
    }
    let finding = match (people.sign_in_required().await?, asked.joined) {
        (false, _) => {
            "There are no accounts yet, so nobody signs in: whoever can use this machine sees everything. Make the first one \
             with: attune-collector admin create --name NAME"
        }
        (true, true) => "Your password is chosen. Sign in with it.",
        (true, false) => "With the name and the password of your account.",
    };
    let ways = ways(&people, has_passkeys(&request), &asked);
    Ok(page(&people, &ways, finding, &form(&asked.next)))
}

/// Whether a browser that asks so can have passkeys.
fn has_passkeys(request: &Request) -> bool {
    Site::of(asked_by(request), visit(request).secure).is_some()
}

/// The ways to sign in without a password.
fn ways(people: &People, has_passkeys: bool, asked: &Asked) -> Markup {
    let way = |path: &str, label: String| {
        let mut way = match local(&asked.next, "") {
            "" => path.to_owned(),
            next => to_next(path, next),
        };
        if asked.again {
            way.push_str(if way.contains('?') { "&again=true" } else { "?again=true" });
        }
        ButtonLink::new(way, label, Weight::Quiet)
    };
    let provider = people.provider.iter().map(|it| way("/sign-in/oidc", format!("Sign in with {}", it.name())));
    let passkey = has_passkeys.then(|| way("/sign-in/passkey", "Sign in with a passkey".into()));
    provider.chain(passkey).fold(Markup::none(), |ways, way| ways.with(&way))
}

fn page(people: &People, ways: &Markup, finding: &str, form: &Form) -> Response {
    let body = Markup::of(ways).with(form).with(&forgotten());
    Frame::new("Sign in", finding, people.settings.profile).refused(form.is_refused()).answer(&body)
}

fn forgotten() -> ButtonLink {
    ButtonLink::new("/sign-in/forgotten", "I have forgotten my password", Weight::Quiet)
}

fn form(next: &str) -> Form {
    Form::post("sign-in", "/sign-in", "")
        .hidden("next", local(next, ""))
        .field(Field::text("name", "Name or e-mail address", TextKind::Name).autocomplete("username").at_most(256))
        .field(Field::password("password", "Password", "current-password"))
        .button(Button::primary("Sign in"))
}

/// Takes name and password.
pub(super) async fn take(State(people): State<People>, request: Request) -> Result<Response, Problem> {
    let (visit, has_passkeys) = (visit(&request), has_passkeys(&request));
    let fields = Fields::take(&people.bodies, request).await?;
    let signed = async {
        let login = people.prove_password(&visit, fields.get("name"), fields.get("password").to_owned()).await?;
        let (cookies, stage) = people.begin_session(&visit, &login, Shown::now(Factors::One)).await?;
        Ok((login, cookies, stage))
    };
    let next = local(fields.get("next"), "");
    match signed.await {
        Ok((login, cookies, stage)) => {
            let home = login.roles.first().map_or("/account", |role| role.home());
            Ok(go_to(&onwards(stage, if next.is_empty() { home } else { next }), cookies))
        }
        Err(problem) => {
            let ways = ways(&people, has_passkeys, &Asked { next: next.to_owned(), ..Asked::default() });
            let page = |people: &People, finding: &str, form: &Form| page(people, &ways, finding, form);
            Ok(again(&people, problem, form(next).keep(fields.typed()), page))
        }
    }
}

/// Where a stage is passed.
pub(super) fn onwards(stage: Stage, next: &str) -> String {
    let stage = match stage {
        Stage::Done => return next.to_owned(),
        Stage::Code => "/sign-in/code",
        Stage::SetUp => "/sign-in/second",
    };
    to_next(stage, next)
}

/// A page of signing in that leads on to another one.
fn to_next(page: &str, next: &str) -> String {
    format!("{page}?next={}", percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC))
}

/// Shows a form again with what was wrong, and answers as the problem does.
pub(super) fn again(
    people: &People,
    problem: Problem,
    mut form: Form,
    page: impl Fn(&People, &str, &Form) -> Response,
) -> Response {
    refuse(&mut form, &problem);
    answered_as(problem, page(people, "", &form))
}

/// Asks for a code of the second factor.
pub(super) async fn show_code(
    State(people): State<People>,
    asker: Asker,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    Ok(code_page(&people, CODE, &code_form(&people, &asker, &asked.next)?))
}

const CODE: &str = "From the app on your telephone; or one of your recovery codes, if you have lost it.";

fn code_page(people: &People, finding: &str, form: &Form) -> Response {
    Frame::new("Enter your code", finding, people.settings.profile).refused(form.is_refused()).answer(&Markup::of(form))
}

fn code_form(people: &People, asker: &Asker, next: &str) -> Result<Form, Problem> {
    let key = asker.session().ok_or_else(nobody)?;
    Ok(Form::post("code", "/sign-in/code", csrf_of(&people.own, key))
        .hidden("next", local(next, ""))
        .field(
            Field::text("code", "Code", TextKind::Name)
                .autocomplete("one-time-code")
                .at_most(20)
                .hint("Six digits, or a recovery code such as abcde-fghij"),
        )
        .button(Button::primary("Go on")))
}

pub(super) fn nobody() -> Problem {
    Problem::unauthorized("sign in first, with name and password")
}

/// Takes a code of the second factor.
pub(super) async fn take_code(
    State(people): State<People>,
    asker: Asker,
    request: Request,
) -> Result<Response, Problem> {
    let visit = visit(&request);
    let key = asker.session().ok_or_else(nobody)?;
    let session = session::of_key(&people.store, key).await?.ok_or_else(nobody)?;
    let login = find(&people.store, &people.keys, session.login).await?.ok_or_else(nobody)?;
    let fields = Fields::take(&people.bodies, request).await?;
    let next = local(fields.get("next"), "").to_owned();
    let signed = async {
        people.prove_code(&visit, &login, fields.get("code")).await?;
        people.finish_session(&visit, &login, &session).await
    };
    match signed.await {
        Ok(cookies) => {
            let home = login.roles.first().map_or("/account", |role| role.home());
            Ok(go_to(local(&next, home), cookies))
        }
        Err(problem) => Ok(again(&people, problem, code_form(&people, &asker, &next)?, code_page)),
    }
}

/// Signs out.
pub(super) async fn leave(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let secure = visit(&request).secure;
    if let (Some(login), Some(key)) = (asker.login(), asker.session()) {
        session::end(&people.store, login, key).await?;
    }
    Ok(go_to("/", vec![set_cookie(None, secure)]))
}

/// A form with what [`People::prove_again`] asks for.
pub(super) fn once_more(form: Form, login: &Login, field: &'static str) -> Form {
    match login.password {
        Some(_) => form.field(Field::password(field, "Your password", "current-password")),
        None => form,
    }
}
