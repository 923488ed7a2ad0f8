use attune_ground::http::body::Received;
use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form};
use attune_pages::part::{Facts, Fold, Notice, Tone};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::count;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

use super::super::import::{self, Outcome};
use super::super::{by, runs};
use super::{After, done, of_the_form, open, refused, shown_again};
use crate::People;
use crate::pages::{Fields, go_to};
use crate::rights::Asker;
use crate::sign_in::Opened;

const PATH: &str = "/admin/import";
/// Bytes of what surrounds a file in a form.
const AROUND: usize = 8 << 10;

/// Where a table is given.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let opened = of(&people, &asker).await?;
    let news = match after.done.as_str() {
        "yes" => done("The table is imported. A new account needs a link: make it on its page, when you hand it over."),
        _ => Markup::none(),
    };
    Ok(opened.frame.answer(&news.with(&form(&opened.csrf)).with(&how())))
}

async fn of(people: &People, asker: &Asker) -> Result<Opened, Problem> {
    let finding = "People, accounts and teams from one table. It is tried first: you see what it would make before anything is made.";
    let mut opened = open(people, asker, "Import", finding, PATH).await?;
    opened.frame = opened.frame.back("/admin", "Overview");
    Ok(opened)
}

/// The token stands in the address, too: a form with a file is not looked into for it.
fn form(csrf: &str) -> Form {
    Form::post("import", format!("{PATH}?csrf={csrf}"), csrf)
        .field(
            Field::file("file", "Table", ".csv,text/csv")
                .hint(format!("A CSV file in UTF-8, of at most {} rows", count(import::MOST_ROWS as u64))),
        )
        .button(Button::primary("Try the table"))
}

fn how() -> Markup {
    let facts = [
        ("user_id", "Who is sensed, as their devices know them"),
        ("account", "The name with which they sign in; an account that is not there is made"),
        ("email", "Where mail reaches them; may be empty"),
        ("roles", "For a new account: employee, manager, hr, privacy_officer, admin; several with a space between"),
        ("team", "The team that they are in; one that is not there is made"),
        ("since", "The first day in that team, as 2026-03-01"),
        ("until", "The last day in that team; empty where it goes on"),
    ];
    let facts = facts.into_iter().fold(Facts::new(), |facts, (column, what)| facts.fact(column, what));
    let text = "The first line names the columns, in any order; user_id or account says who it is, and what is not needed is left \
        out. Who is in two teams has two rows. Who leads a team is named on the team's page. Nothing is changed or removed that is \
        there already, and where one row is wrong nothing is made.";
    Markup::of(&Fold::new("Which columns there are", &Markup::of(&facts).with(&Markup::paragraph(text))))
}

/// Tries a table.
pub(super) async fn take(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    runs(&asker)?;
    let tried = async {
        let file = file(&people, request).await?;
        let outcome = import::run(&people, &file, None, &by(&asker)).await?;
        Ok((file, outcome))
    };
    match tried.await {
        Ok((file, outcome)) => {
            let opened = of(&people, &asker).await?;
            Ok(opened.frame.answer(&told(&outcome, &file, &opened.csrf)))
        }
        Err(problem) => again(&people, &asker, problem).await,
    }
}

async fn again(people: &People, asker: &Asker, problem: Problem) -> Result<Response, Problem> {
    let problem = of_the_form(problem)?;
    let opened = of(people, asker).await?;
    let form = refused(form(&opened.csrf), [], &problem);
    Ok(shown_again(&opened, problem, &Markup::of(&form).with(&how())))
}

/// The file of a form.
async fn file(people: &People, request: Request) -> Result<Vec<u8>, Problem> {
    let broken = |error: multer::Error| Problem::bad_request("file", format!("the form does not read: {error}"));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(broken)?;
    let Received { bytes, .. } = &people.bodies.receive(request.into_body(), import::LARGEST + AROUND).await?;
    let mut form = multer::Multipart::new(Body::from(bytes.clone()).into_data_stream(), boundary);
    while let Some(part) = form.next_field().await.map_err(broken)? {
        if part.name() == Some("file") {
            let bytes = part.bytes().await.map_err(broken)?;
            return match bytes.is_empty() {
                true => Err(Problem::bad_request("file", "choose a file")),
                false => Ok(bytes.to_vec()),
            };
        }
    }
    Err(Problem::bad_request("file", "choose a file"))
}

/// What a table would make, and what of it is wrong.
fn told(outcome: &Outcome, file: &[u8], csrf: &str) -> Markup {
    let facts = Facts::new()
        .fact("Rows", count(outcome.rows))
        .fact("New accounts", count(outcome.accounts))
        .fact("New people", count(outcome.people))
        .fact("New teams", count(outcome.teams))
        .fact("New places in teams", count(outcome.memberships))
        .fact("Rows with nothing new", count(outcome.unchanged));
    if outcome.errors.is_empty() {
        let confirm = Form::post("confirm", format!("{PATH}/confirm?csrf={csrf}"), csrf)
            .hidden("hash", &*outcome.hash)
            .hidden("file", BASE64URL_NOPAD.encode(file))
            .button(Button::primary("Import this table"));
        let notice = Notice::new(
            Tone::Plain,
            "This was tried, and nothing is made yet",
            "Confirm it, to make what stands here.",
        );
        return Markup::of(&notice)
            .with(&facts)
            .with(&confirm)
            .with(&attune_pages::Link::new(PATH, "Take another file"));
    }
    let wrong = outcome.errors.len() as u64 + outcome.more_errors;
    let title = if wrong == 1 { "One row is wrong".into() } else { format!("{} rows are wrong", count(wrong)) };
    let notice = Notice::new(Tone::Failure, title, "Nothing is made. Mend the file, and try it once more.");
    let columns = vec![Column::number("Row"), Column::new("Column"), Column::new("What is wrong")];
    let table = outcome.errors.iter().fold(Table::new("What is wrong", columns), |table, error| {
        let column = if error.column.is_empty() { "the whole row" } else { &error.column };
        table.row(Row::new(vec![Cell::count(error.row), Cell::text(column), Cell::text(&error.problem)]))
    });
    let table = match outcome.more_errors {
        0 => table,
        more => table.note(format!("And {} more.", count(more))),
    };
    Markup::of(&notice).with(&table).with(&form(csrf)).with(&how())
}

/// Does what was tried.
pub(super) async fn confirm(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    runs(&asker)?;
    // In base 64 it is a third longer, and no browser changes the ends of its lines.
    let fields = Fields::take_up_to(&people.bodies, request, import::LARGEST / 3 * 4 + AROUND).await?;
    let imported = async {
        let broken = |_| Problem::bad_request("file", "the form does not read: give the file once more");
        let file = BASE64URL_NOPAD.decode(fields.get("file").as_bytes()).map_err(broken)?;
        let outcome = import::run(&people, &file, Some(fields.get("hash")), &by(&asker)).await?;
        Ok((file, outcome))
    };
    match imported.await {
        Ok((_, outcome)) if outcome.done => Ok(go_to(&format!("{PATH}?done=yes"), Vec::new())),
        // Somebody else has changed something since it was tried.
        Ok((file, outcome)) => {
            let opened = of(&people, &asker).await?;
            Ok(opened.frame.answer(&told(&outcome, &file, &opened.csrf)))
        }
        Err(problem) => again(&people, &asker, problem).await,
    }
}
