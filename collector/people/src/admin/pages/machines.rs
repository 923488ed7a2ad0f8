use attune_ground::http::{AnyQuery, Client, Path, Problem};
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Choice, Field, Form, TextKind, Weight};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::{Request, State};
use axum::response::Response;

use super::super::{by, machines, runs, told};
use super::{After, calendar, done, of_the_form, open, refused, shown_again};
use crate::People;
use crate::pages::{Fields, go_to};
use crate::rights::{Asker, PERMITS, Permit};
use crate::sign_in::Opened;
use crate::sign_in::{ServiceToken, list_services};

const PATH: &str = "/admin/services";

/// The tokens of machines.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let opened = of(&people, &asker).await?;
    let news = if after.done == "revoked" { done("The token holds no more") } else { Markup::none() };
    let body = body(&people, &opened.csrf, &form(&opened.csrf)).await?;
    Ok(opened.frame.answer(&news.with(&body)))
}

async fn of(people: &People, asker: &Asker) -> Result<Opened, Problem> {
    let finding = "Machines that ask the collector for something, each with a token that permits so much and no more.";
    open(people, asker, "Machines", finding, PATH).await
}

/// What a token permits, in words.
const fn words(permit: Permit) -> (&'static str, &'static str) {
    match permit {
        Permit::Analyze => {
            ("Analyse recordings", "Of anybody or of nobody; what comes of it is answered to the machine")
        }
        Permit::PushMessages => ("Hand in messages", "Reads nothing"),
        Permit::Metrics => ("Read how the collector runs", "Counts and times, about nobody"),
        Permit::ReadTeams => ("Read figures of teams", "Where these are large enough"),
    }
}

fn form(csrf: &str) -> Form {
    let permits = PERMITS.map(|permit| Choice::new(permit.name(), words(permit).0).hint(words(permit).1));
    Form::post("token", PATH, csrf)
        .named("Make a token")
        .field(Field::text("name", "What it is for", TextKind::Plain).at_most(80).autocomplete("off"))
        .field(Field::checks("permits", "What it permits", permits.into()))
        .field(Field::text("until", "Last day", TextKind::Date).optional().hint("Empty: it holds until it is revoked"))
        .button(Button::primary("Make the token"))
}

async fn body(people: &People, csrf: &str, form: &Form) -> Result<Markup, Problem> {
    let times = calendar();
    let columns = ["For", "Permits", "Made", "Used last", "State", "What can be done"].map(Column::new);
    let table = Table::new("Tokens", columns.into())
        .when_empty(&Shown::Empty { what: "Tokens of machines, each with what it permits.".into(), step: None });
    let row = |token: ServiceToken| {
        let permits: Vec<String> = token.permits.iter().map(|permit| words(*permit).0.to_lowercase()).collect();
        let holds = token.revoked_at.is_none() && token.expires_at.is_none_or(|ends| ends > now_millis());
        let state = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {}", times.day(at)),
            (None, Some(at)) if !holds => format!("ended {}", times.day(at - 1)),
            (None, Some(at)) => format!("holds to {}", times.day(at - 1)),
            (None, None) => "holds".into(),
        };
        let revoke = Form::post(format!("r{}", token.id), format!("{PATH}/{}/revoke", token.id), csrf)
            .button(Button::dangerous("Revoke"));
        Row::new(vec![
            Cell::text(token.name),
            Cell::text(permits.join(", ")),
            Cell::text(times.day(token.made_at)),
            token.used_at.map_or_else(|| Cell::text("never"), |at| Cell::of(&times.ago(at))),
            Cell::text(state),
            if holds { Cell::of(&revoke) } else { Cell::none() },
        ])
    };
    let table = list_services(&people.store).await?.into_iter().map(row).fold(table, Table::row);
    let channels = ButtonLink::new("/admin/channels", "Channels from which messages come", Weight::Quiet);
    Ok(Markup::of(&table).with(form).with(&channels))
}

/// Makes a token.
pub(super) async fn make(
    State(people): State<People>,
    asker: Asker,
    client: Client,
    request: Request,
) -> Result<Response, Problem> {
    let login = runs(&asker)?;
    told::can_be(&asker)?;
    let fields = Fields::take(&people.bodies, request).await?;
    let made = async {
        let read = |permit: &str| {
            permit.parse::<Permit>().map_err(|error| Problem::bad_request("permits", format!("{error}")))
        };
        let permits: Vec<Permit> = fields.all("permits").into_iter().map(read).collect::<Result<_, _>>()?;
        machines::make(&people, (login, &by(&asker)), fields.get("name"), &permits, fields.given("until")).await
    };
    match made.await {
        Ok(token) => {
            let told = told::Told {
                title: "A token of a machine".into(),
                finding:
                    "Put it where the machine reads it: it is shown here only. Whoever has it may what it permits."
                        .into(),
                what: "The token".into(),
                secret: token,
                is_drawn: false,
                hint: "It is sent with each request in the header Authorization, behind the word Bearer.".into(),
                next: (PATH.into(), "Go on to the machines".into()),
            };
            Ok(go_to("/admin/told", vec![told::cookie(&people, &asker, client.secure, told).await?]))
        }
        Err(problem) => {
            let problem = of_the_form(problem)?;
            let opened = of(&people, &asker).await?;
            let form = refused(form(&opened.csrf), fields.typed(), &problem);
            let body = body(&people, &opened.csrf, &form).await?;
            Ok(shown_again(&opened, problem, &body))
        }
    }
}

/// Ends a token.
pub(super) async fn revoke(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    runs(&asker)?;
    machines::revoke(&people, &id, &by(&asker)).await?;
    Ok(go_to(&format!("{PATH}?done=revoked"), Vec::new()))
}
