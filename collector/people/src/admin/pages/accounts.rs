use attune_ground::http::{AnyQuery, Client, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Choice, Field, Form, TextKind, Weight};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::Calendar;
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::accounts::{self, Filter};
use super::super::{PAGE, by, link_of, runs, told};
use super::{Wanted, calendar, capital, of_the_form, onwards, open, refused, roles, shown_again};
use crate::People;
use crate::pages::{Fields, go_to};
use crate::rights::{Asker, ROLES, Role};
use crate::sign_in::{LINK_MILLIS, Login, NewLogin};

const PATH: &str = "/admin/accounts";

/// The accounts, page by page.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    AnyQuery(wanted): AnyQuery<Wanted>,
) -> Result<Response, Problem> {
    let finding = "Who signs in here, and as what. Who is sensed stands under People.";
    let opened = open(&people, &asker, "Accounts", finding, PATH).await?;
    let filter = Filter { name: &wanted.name, role: wanted.role.parse().ok(), after: &wanted.after };
    let (found, next) = accounts::page(&people, filter, PAGE).await?;
    let times = calendar();
    let columns = ["Name", "Roles", "State", "Since"].map(Column::new);
    let table = Table::new("Accounts", columns.into())
        .filter(filter_form(&wanted))
        .when_empty(&Shown::Empty { what: "Accounts of this name and role.".into(), step: None })
        .pages((!wanted.after.is_empty()).then(|| PATH.to_owned()), onwards(PATH, &wanted, next.as_deref()));
    let table = found.iter().fold(table, |table, login| table.row(row(login, &times)));
    let new = ButtonLink::new("/admin/accounts/new", "Make an account", Weight::Primary);
    let import = ButtonLink::new("/admin/import", "Import many from a table", Weight::Quiet);
    Ok(opened.frame.answer(&Markup::of(&table).with(&new).with(&import)))
}

fn filter_form(wanted: &Wanted) -> Form {
    let any = [Choice::new("", "Any")].into_iter();
    let roles = any.chain(ROLES.iter().map(|role| Choice::new(role.name(), capital(role.words()))));
    Form::get("filter", PATH)
        .field(
            Field::text("name", "Name or e-mail address", TextKind::Search)
                .hint("The whole of it: names lie sealed")
                .value(&wanted.name)
                .at_most(128),
        )
        .field(Field::select("role", "Role", roles.collect()).value(&wanted.role))
        .button(Button::quiet("Show"))
}

fn row(login: &Login, times: &Calendar) -> Row {
    let roles: Vec<&str> = login.roles.iter().map(|role| role.words()).collect();
    Row::new(vec![
        Cell::text(&login.name),
        Cell::text(if roles.is_empty() { "none".into() } else { roles.join(", ") }),
        Cell::text(state(login)),
        Cell::text(times.day(login.created_at)),
    ])
    .to(format!("{PATH}/{}", login.id))
}

/// How an account is, in words.
pub(super) fn state(login: &Login) -> &'static str {
    let waits = login.roles.iter().any(|role| role.needs_second_factor()) && !login.has_second_factor;
    match (login.disabled_at.is_some(), login.password.is_some(), waits) {
        (true, ..) => "disabled",
        (false, false, _) => "no password chosen yet",
        (false, true, true) => "no second factor yet",
        (false, true, false) => "signs in",
    }
}

/// Where an account is made.
pub(super) async fn show_new(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let opened = open_new(&people, &asker).await?;
    Ok(opened.frame.answer(&form(&opened.csrf)))
}

async fn open_new(people: &People, asker: &Asker) -> Result<crate::sign_in::Opened, Problem> {
    let finding = "Its owner chooses the password with a link, which you are given once and hand over.";
    let mut opened = open(people, asker, "Make an account", finding, PATH).await?;
    opened.frame = opened.frame.back(PATH, "Accounts");
    Ok(opened)
}

fn form(csrf: &str) -> Form {
    Form::post("account", PATH, csrf)
        .field(
            Field::text("username", "Name", TextKind::Name)
                .hint("With which they sign in")
                .at_most(128)
                .autocomplete("off"),
        )
        .field(Field::checks("roles", "Roles", roles()))
        .field(
            Field::text("user_id", "User id of the person", TextKind::Name)
                .hint("For an employee whose devices know them by something else than this name")
                .at_most(256)
                .optional()
                .autocomplete("off"),
        )
        .field(Field::text("email", "E-mail address", TextKind::Email).optional().at_most(254).autocomplete("off"))
        .button(Button::primary("Make the account"))
}

/// The roles that were chosen.
pub(super) fn chosen(fields: &Fields) -> Result<Vec<Role>, Problem> {
    let read = |role: &str| role.parse::<Role>().map_err(|error| Problem::bad_request("roles", format!("{error}")));
    fields.all("roles").into_iter().map(read).collect()
}

/// Makes an account.
pub(super) async fn make(
    State(people): State<People>,
    asker: Asker,
    client: Client,
    request: Request,
) -> Result<Response, Problem> {
    runs(&asker)?;
    told::can_be(&asker)?;
    let headers = request.headers().clone();
    let fields = Fields::take(&people.bodies, request).await?;
    let given = |name: &str| Some(fields.get(name).trim()).filter(|text| !text.is_empty());
    let made = async {
        let roles = chosen(&fields)?;
        let new = NewLogin {
            name: fields.get("username"),
            user_id: given("user_id"),
            mail: given("email"),
            roles: &roles,
            password: None,
            may_exist: true,
        };
        accounts::make(&people, new, &by(&asker)).await
    };
    match made.await {
        Ok((id, link)) => {
            let told = link_told(fields.get("username").trim(), &link_of(&headers, client, &link), &id.to_string());
            let cookie = told::cookie(&people, &asker, client.secure, told).await?;
            Ok(go_to("/admin/told", vec![cookie]))
        }
        Err(problem) => {
            let problem = of_the_form(problem)?;
            let opened = open_new(&people, &asker).await?;
            let form = refused(form(&opened.csrf), fields.typed(), &problem);
            Ok(shown_again(&opened, problem, &Markup::of(&form)))
        }
    }
}

/// A link, as it is told once.
pub(super) fn link_told(name: &str, link: &str, id: &str) -> told::Told {
    told::Told {
        title: "A link to choose a password".into(),
        finding: format!("For the account {name}. Hand it over so that nobody else reads it: it is shown here only."),
        what: "The link".into(),
        secret: link.into(),
        is_drawn: true,
        hint: format!("It works once, within {} hours.", LINK_MILLIS / 3_600_000),
        next: (format!("{PATH}/{id}"), "Go on to the account".into()),
    }
}
