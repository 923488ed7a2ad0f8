use attune_ground::http::{AnyQuery, Client, Path, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form, TextKind};
use attune_pages::part::Facts;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::accounts::{self, Change};
use super::super::{link_of, runs, told};
use super::accounts::{chosen, link_told, state};
use super::{After, calendar, capital, done, of_the_form, open, refused, roles, shown_again};
use crate::People;
use crate::access::{self, Of};
use crate::pages::{Fields, go_to};
use crate::rights::Asker;
use crate::sign_in::Login;
use crate::sign_in::Opened;

fn path(login: &Login) -> String {
    format!("/admin/accounts/{}", login.id)
}

/// One account.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let login = accounts::find(&people, &id).await?;
    access::read(&people.store, &asker, Of::some(login.person)).await?;
    let opened = of(&people, &asker, &login).await?;
    let news = match after.done.as_str() {
        "roles" => done("The roles are changed"),
        "mail" => done("The address of mail is changed"),
        "disabled" => done("The account is disabled"),
        "enabled" => done("The account may sign in again"),
        _ => Markup::none(),
    };
    Ok(opened.frame.answer(&news.with(&body(&login, &opened, Forms::of(&login, &opened.csrf)))))
}

async fn of(people: &People, asker: &Asker, login: &Login) -> Result<Opened, Problem> {
    let finding = match state(login) {
        "signs in" => "This account can sign in.",
        "disabled" => "This account may not sign in, and is signed out everywhere.",
        "no second factor yet" => "This account sets up its second factor when it signs in next.",
        _ => "Nobody has chosen a password for this account yet.",
    };
    let mut opened = open(people, asker, &login.name, finding, "/admin/accounts").await?;
    opened.frame = opened.frame.back("/admin/accounts", "Accounts");
    Ok(opened)
}

/// The forms that can be refused.
struct Forms {
    roles: Form,
    mail: Form,
}

impl Forms {
    fn of(login: &Login, csrf: &str) -> Self {
        Self { roles: roles_form(login, csrf), mail: mail_form(login, csrf) }
    }
}

fn body(login: &Login, Opened { csrf, login: asker, .. }: &Opened, Forms { roles, mail }: Forms) -> Markup {
    let is_own = login.id == asker.id;
    let times = calendar();
    let words: Vec<&str> = login.roles.iter().map(|role| role.words()).collect();
    let mut facts = Facts::new()
        .fact("Roles", capital(&words.join(", ")))
        .fact("E-mail address", login.mail.as_deref().unwrap_or("none"))
        .fact("Second factor", if login.has_second_factor { "set up" } else { "none" })
        .with("Since", &times.when(login.created_at));
    facts = match login.person {
        Some(person) => facts.with(
            "Sensed as",
            &attune_pages::Link::new(format!("/admin/people/{person}"), "a person, with their devices"),
        ),
        None => facts.fact("Sensed as", "nobody"),
    };
    if let Some(at) = login.disabled_at {
        facts = facts.with("Disabled", &times.when(at));
    }
    let body = Markup::of(&facts).with(&roles);
    let body = if is_own { body } else { body.with(&mail) };
    let place = path(login);
    if login.disabled_at.is_some() {
        let enable = Form::post("enable", format!("{place}/enable"), csrf).button(Button::quiet("Enable the account"));
        return body.with(&Markup::heading("Let it sign in again")).with(&enable);
    }
    let disable =
        Form::post("disable", format!("{place}/disable"), csrf).button(Button::dangerous("Disable the account"));
    let keep_out = Markup::heading("Keep it out")
        .with(&Markup::paragraph("It is signed out everywhere at once. Nothing is deleted."))
        .with(&disable);
    if is_own {
        return body.with(&keep_out);
    }
    let link =
        Form::post("link", format!("{place}/link"), csrf).button(Button::quiet("Make a link to choose a password"));
    let mut body = body
        .with(&Markup::heading("A new link"))
        .with(&Markup::paragraph(
            "For who has no password yet, or has forgotten it. Links made before work no more; a password does, until another is \
             chosen.",
        ))
        .with(&link);
    if login.has_second_factor {
        let second = Form::post("second", format!("{place}/second"), csrf)
            .button(Button::quiet("Make a link, and take the second factor away"));
        body = body
            .with(&Markup::heading("The telephone was lost"))
            .with(&Markup::paragraph(
                "Whoever has the link then sets up another second factor. Be sure that it is the owner: the account is signed out \
                 everywhere.",
            ))
            .with(&second);
    }
    body.with(&keep_out)
}

fn roles_form(login: &Login, csrf: &str) -> Form {
    let typed: Vec<(&str, &str)> = login.roles.iter().map(|role| ("roles", role.name())).collect();
    let form = Form::post("roles", format!("{}/roles", path(login)), csrf)
        .named("Change its roles")
        .field(Field::checks("roles", "Roles", roles()).hint("A change signs the account out everywhere"));
    let form = match login.person {
        Some(_) => form,
        None => form.field(
            Field::text("person", "Id of the person", TextKind::Name)
                .hint("For who becomes an employee and is known already by a user id that is the name of this account")
                .at_most(32)
                .optional()
                .autocomplete("off"),
        ),
    };
    form.button(Button::primary("Change the roles")).keep(typed)
}

fn mail_form(login: &Login, csrf: &str) -> Form {
    Form::post("mail", format!("{}/mail", path(login)), csrf)
        .named("Change its address of mail")
        .field(
            Field::text("email", "E-mail address", TextKind::Email)
                .hint("Whoever reads what is sent there can choose a new password. Empty takes it away.")
                .at_most(254)
                .optional()
                .autocomplete("off")
                .value(login.mail.as_deref().unwrap_or_default()),
        )
        .button(Button::quiet("Change the address"))
}

/// Gives an account another address of mail.
pub(super) async fn set_mail(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let login = accounts::find(&people, &id).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let change = Change { mail: Some(fields.get("email")), ..Change::default() };
    match accounts::change(&people, &asker, login.id, change).await {
        Ok(()) => Ok(go_to(&format!("{}?done=mail", path(&login)), Vec::new())),
        Err(problem) => {
            let mend =
                |forms: Forms, problem: &Problem| Forms { mail: refused(forms.mail, fields.typed(), problem), ..forms };
            again(&people, &asker, &login, problem, mend).await
        }
    }
}

/// Gives an account other roles.
pub(super) async fn set_roles(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    let login = accounts::find(&people, &id).await?;
    let fields = Fields::take(&people.bodies, request).await?;
    let changed = async {
        let roles = chosen(&fields)?;
        let change = Change { roles: Some((&roles, Some(fields.get("person")))), ..Change::default() };
        accounts::change(&people, &asker, login.id, change).await
    };
    match changed.await {
        Ok(()) => Ok(gone_on(&asker, &login, "roles")),
        Err(problem) => {
            let mend = |forms: Forms, problem: &Problem| Forms {
                roles: refused(forms.roles, fields.typed(), problem),
                ..forms
            };
            again(&people, &asker, &login, problem, mend).await
        }
    }
}

/// Makes a link.
pub(super) async fn link(
    State(people): State<People>,
    asker: Asker,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    linked(&people, &asker, client, &id, &headers, false).await
}

/// Makes a link, and takes the second factor away.
pub(super) async fn second(
    State(people): State<People>,
    asker: Asker,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    linked(&people, &asker, client, &id, &headers, true).await
}

async fn linked(
    people: &People,
    asker: &Asker,
    client: Client,
    id: &str,
    headers: &HeaderMap,
    anew: bool,
) -> Result<Response, Problem> {
    runs(asker)?;
    told::can_be(asker)?;
    let login = accounts::find(people, id).await?;
    let link = accounts::link(people, asker, &login, anew).await?;
    let told = link_told(&login.name, &link_of(headers, client, &link), id);
    Ok(go_to("/admin/told", vec![told::cookie(people, asker, client.secure, told).await?]))
}

/// Keeps an account from signing in.
pub(super) async fn disable(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    switched(&people, &asker, &id, true).await
}

/// Lets an account sign in again.
pub(super) async fn enable(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    switched(&people, &asker, &id, false).await
}

async fn switched(people: &People, asker: &Asker, id: &str, disabled: bool) -> Result<Response, Problem> {
    runs(asker)?;
    let login = accounts::find(people, id).await?;
    let change = Change { disabled: Some(disabled), ..Change::default() };
    match accounts::change(people, asker, login.id, change).await {
        Ok(()) => Ok(gone_on(asker, &login, if disabled { "disabled" } else { "enabled" })),
        Err(problem) => {
            let chosen = login.roles.iter().map(|role| ("roles", role.name()));
            let mend =
                |forms: Forms, problem: &Problem| Forms { roles: refused(forms.roles, chosen, problem), ..forms };
            again(people, asker, &login, problem, mend).await
        }
    }
}

/// Where it was done: who did it to themselves may see that page no more.
fn gone_on(asker: &Asker, login: &Login, done: &str) -> Response {
    match asker.login() == Some(login.id) {
        true => go_to("/account", Vec::new()),
        false => go_to(&format!("{}?done={done}", path(login)), Vec::new()),
    }
}

/// The page with what was wrong.
async fn again(
    people: &People,
    asker: &Asker,
    login: &Login,
    problem: Problem,
    mend: impl FnOnce(Forms, &Problem) -> Forms,
) -> Result<Response, Problem> {
    let problem = of_the_form(problem)?;
    access::read(&people.store, asker, Of::some(login.person)).await?;
    let opened = of(people, asker, login).await?;
    let forms = mend(Forms::of(login, &opened.csrf), &problem);
    Ok(shown_again(&opened, problem, &body(login, &opened, forms)))
}
