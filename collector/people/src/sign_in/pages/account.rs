use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Field, Form, Weight};
use attune_pages::part::Facts;
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::{links, logins, session, tokens, totp};
use super::enter::{nobody, once_more};
use super::second;
use crate::People;
use crate::mail;
use crate::pages::{Fields, answered_as, go_to, refuse};
use crate::rights::{Asker, Role};
use crate::sign_in::routes::visit;
use crate::sign_in::{Login, Opened, opened};

const PATH: &str = "/account";
const NO_PASSWORD: &str = "You have none here. What asks others for theirs asks you to have shown within ten minutes that it is you. If \
     you want one, an administrator gives you a link with which you choose it.";

const WATCHED: &str = "With your role you have power over data about others. How many people and lists you open, when, how many files you \
     take, and how often you ask for what you have no right to is watched: what is far beyond your own habit is told to the privacy officers.";

/// The page of one's own account.
pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let Opened { frame, login, csrf, .. } = open(&people, &asker).await?;
    let forms = (password_form(&csrf), recovery_form(&login, &csrf));
    Ok(frame.answer(&body(&people, &asker, (&login, &csrf), forms).await?))
}

async fn open(people: &People, asker: &Asker) -> Result<Opened, Problem> {
    let times = people.calendar(asker.person()).await?;
    let finding = format!("How you sign in, and where you are signed in now. {}", times.says());
    opened(people, asker, "Your account", &finding, PATH).await
}

fn password_form(csrf: &str) -> Form {
    Form::post("password", "/account/password", csrf)
        .named("Change your password")
        .field(Field::password("current", "Your password now", "current-password"))
        .field(Field::password("password", "Your new password", "new-password").hint("Ten characters or more"))
        .button(Button::quiet("Change my password"))
}

/// What the page shows, with the forms that can be refused.
async fn body(
    people: &People,
    asker: &Asker,
    (login, csrf): (&Login, &str),
    (password, recovery): (Form, Form),
) -> Result<Markup, Problem> {
    let roles: Vec<&str> = login.roles.iter().map(|role| role.words()).collect();
    let facts = Facts::new().fact("You sign in as", &login.name).fact("You are", roles.join(", "));
    let watched = match login.roles.iter().any(|role| *role != Role::Employee) {
        true => Markup::paragraph(WATCHED),
        false => Markup::none(),
    };
    let body = Markup::none()
        .with(&facts)
        .with(&watched)
        .with(&Markup::heading("Second factor"))
        .with(&second_factor(people, login, recovery).await?)
        .with(&Markup::heading("Passkeys"))
        .with(&passkeys(people, login).await?);
    let body =
        match login.password {
            Some(_) => body.with(&password),
            None => body.with(&Markup::heading("Password")).with(&Markup::paragraph(NO_PASSWORD)).with(
                &ButtonLink::new("/sign-in?again=true&next=%2Faccount", "Show once more that it is you", Weight::Quiet),
            ),
        };
    let body = body.with(&browsers(people, asker, login, csrf).await?);
    Ok(body.with(&programs(people, login, csrf).await?))
}

fn recovery_form(login: &Login, csrf: &str) -> Form {
    let form = Form::post("recovery", "/account/recovery", csrf);
    once_more(form, login, "recovery_password").button(Button::quiet("Make new recovery codes"))
}

async fn second_factor(people: &People, login: &Login, recovery: Form) -> Result<Markup, Problem> {
    if !login.has_second_factor {
        let set_up = ButtonLink::new("/account/second", "Set up a second factor", Weight::Quiet);
        return Ok(Markup::paragraph("None: whoever learns your password can sign in as you.").with(&set_up));
    }
    let left = totp::recovery_codes_left(&people.store, login.id).await?;
    let left = format!("It is set up. Recovery codes that are left: {left} of {}.", totp::RECOVERY_CODES);
    Ok(Markup::paragraph(left).with(&recovery))
}

async fn passkeys(people: &People, login: &Login) -> Result<Markup, Problem> {
    let has = match super::super::passkeys::list(&people.store, &people.keys, login.id).await?.0.len() {
        0 => "None. One stands for your password and your second factor, and nobody can learn it.".to_owned(),
        1 => "One is set up.".to_owned(),
        many => format!("{many} are set up."),
    };
    Ok(Markup::paragraph(has).with(&ButtonLink::new("/account/passkeys", "Add or remove passkeys", Weight::Quiet)))
}

async fn browsers(people: &People, asker: &Asker, login: &Login, csrf: &str) -> Result<Markup, Problem> {
    let columns = ["Browser", "Since", "Last seen", "Sign out"].map(Column::new);
    let mut table = Table::new("Browsers that are signed in", columns.into());
    let times = people.calendar(login.person).await?;
    for session in session::list(&people.store, login.id).await? {
        let browser = session.browser(&people.keys).await?;
        let browser = if browser.is_empty() { "One that does not say what it is".into() } else { browser };
        let end = match Some(&session.key) == asker.session() {
            true => Cell::text("This one"),
            false => Cell::of(
                &Form::post(format!("b{}", session.key.name()), "/account/browsers", csrf)
                    .hidden("session", session.key.name())
                    .button(Button::quiet("Sign this browser out")),
            ),
        };
        let [made, seen] = [session.made_at, session.seen_at].map(|at| Cell::text(times.moment(at)));
        table = table.row(Row::new(vec![Cell::text(browser), made, seen, end]));
    }
    let others = Form::post("others", "/account/others", csrf).button(Button::quiet("Sign out everywhere else"));
    Ok(Markup::of(&table).with(&others))
}

async fn programs(people: &People, login: &Login, csrf: &str) -> Result<Markup, Problem> {
    let families = tokens::families(&people.store, login.id).await?;
    if families.is_empty() {
        return Ok(Markup::none());
    }
    let columns = ["Program", "Since", "Last seen", "Sign out"].map(Column::new);
    let mut table = Table::new("Programs that are signed in", columns.into());
    let times = people.calendar(login.person).await?;
    for (number, (family, made, seen)) in families.into_iter().enumerate() {
        let end = Form::post(format!("p{family}"), "/account/programs", csrf)
            .hidden("family", family.to_string())
            .button(Button::quiet("Sign this program out"));
        let [made, seen] = [made, seen].map(|at| Cell::text(times.moment(at)));
        table = table.row(Row::new(vec![Cell::text(format!("Program {}", number + 1)), made, seen, Cell::of(&end)]));
    }
    Ok(Markup::of(&table))
}

/// Puts on another role.
pub(super) async fn put_on(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let (login, key) = (asker.login().ok_or_else(nobody)?, asker.session().ok_or_else(nobody)?);
    let fields = Fields::take(&people.bodies, request).await?;
    let role: Role = fields.get("role").parse().map_err(|error| Problem::bad_request("role", format!("{error}")))?;
    match session::put_on(&people.store, key, login, role).await? {
        true => Ok(go_to(role.home(), Vec::new())),
        false => Err(Problem::forbidden(
            "your account does not have this role, or you signed in too long ago for it: sign out, and in again",
        )),
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
    let session = session::of_key(&people.store, key).await?.ok_or_else(nobody)?;
    let changed = async {
        let proved =
            people.prove_again(&visit, (session.login, Some(&session.key)), ("current", fields.get("current"))).await?;
        let hash = people.new_password("password", &login.name, fields.get("password").to_owned()).await?;
        Ok::<_, Problem>((proved, hash))
    };
    match changed.await {
        Ok((proved, hash)) => {
            let mut transaction = people.store.begin().await?;
            // An administrator may have taken the password away since it was proved.
            if !logins::stands(&mut transaction, &proved).await? {
                return Err(Problem::unauthorized("this account was changed meanwhile: sign in again"));
            }
            logins::set_password(&mut transaction, login.id, &hash, Some(key)).await?;
            links::end(&mut transaction, login.id).await?; // whoever reads the mail has them, too
            mail::queue(people.post.as_ref(), &mut transaction, login.id, mail::Kind::Changed).await?;
            transaction.commit().await?;
            Ok(go_to(PATH, Vec::new()))
        }
        Err(problem) => {
            let mut form = password_form(&csrf);
            refuse(&mut form, &problem);
            let body = body(&people, &asker, (&login, &csrf), (form, recovery_form(&login, &csrf))).await?;
            Ok(answered_as(problem, frame.refused(true).answer(&body)))
        }
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
    let session = session::of_key(&people.store, asker.session().ok_or_else(nobody)?).await?.ok_or_else(nobody)?;
    let shown = ("recovery_password", fields.get("recovery_password"));
    let login = match people.prove_again(&visit, (session.login, Some(&session.key)), shown).await {
        Ok(login) => login,
        Err(problem) => {
            let Opened { frame, login, csrf, .. } = open(&people, &asker).await?;
            let mut form = recovery_form(&login, &csrf);
            refuse(&mut form, &problem);
            let body = body(&people, &asker, (&login, &csrf), (password_form(&csrf), form)).await?;
            return Ok(answered_as(problem, frame.refused(true).answer(&body)));
        }
    };
    let mut transaction = people.store.begin().await?;
    let codes = totp::make_recovery_codes(&mut transaction, login.id).await?;
    transaction.commit().await?;
    Ok(second::told(&people, &codes, PATH))
}
