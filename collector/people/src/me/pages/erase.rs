use attune_ground::http::{Path, Problem};
use attune_pages::form::{ButtonLink, Confirm, Weight, is_word};
use attune_pages::part::{Facts, Notice, Tone};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::{Frame, Markup};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::Own;
use super::super::erase::Begun;
use super::super::routes::{WORD, erased, receipt_of};
use crate::People;
use crate::pages::{Fields, answered_as, go_to, sentence};
use crate::rights::Asker;
use crate::sign_in::{Login, Opened, opened, visit};

const PATH: &str = "/me/erase";
const FINDING: &str =
    "Nobody can bring back what you erase: the key that opens it is destroyed, and no copy of the database holds it.";

/// What is asked before all is erased. Who has no password has signed in lately instead.
fn question(csrf: &str, login: &Login) -> Confirm {
    let question = [
        "what your devices measured, your sessions and scores, what you said of yourself",
        "what you prefer, what you call your devices, codes for devices",
        "your account: you are signed out everywhere and cannot sign in any more",
        "the key under which all of it is sealed",
    ]
    .into_iter()
    .fold(Confirm::new(PATH, csrf, "Erase my data", "/me/data"), Confirm::gone)
    .word(WORD);
    if login.password.is_some() { question.password() } else { question }
}

pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    Own::of(&people, &asker).await?;
    let Opened { frame, csrf, login, .. } = opened(&people, &asker, "Erase your data", FINDING, "/me/data").await?;
    Ok(frame.back("/me/data", "Your data").answer(&body(&question(&csrf, &login))))
}

fn body(question: &Confirm) -> Markup {
    let stays = "What stays says nothing of you: the entries of the ledgers of consent and access, sealed under a key that is gone or \
                 without a name; as they, that somebody used data about others unusually, where your account did; and the numbers \
                 of your devices, which stop sensing you when they hear of it. What a device keeps for itself you delete there, with \
                 `attune-agent forget --all`.";
    Markup::none().with(question).with(&Markup::paragraph(stays))
}

pub(super) async fn take(State(people): State<People>, asker: Asker, request: Request) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let visit = visit(&request);
    let fields = Fields::take(&people.bodies, request).await?;
    let typed = fields.get("word");
    if !is_word(WORD, typed) {
        let Opened { frame, csrf, login, .. } = opened(&people, &asker, "Erase your data", FINDING, "/me/data").await?;
        let frame = frame.back("/me/data", "Your data").refused(true);
        let again = frame.answer(&body(&question(&csrf, &login).refuse_word(WORD, typed)));
        return Ok((StatusCode::BAD_REQUEST, again).into_response());
    }
    if let Err(problem) =
        people.prove_again(&visit, (own.login, asker.session()), ("password", fields.get("password"))).await
    {
        let Opened { frame, csrf, login, .. } = opened(&people, &asker, "Erase your data", FINDING, "/me/data").await?;
        let frame = frame.back("/me/data", "Your data").refused(true);
        let question = question(&csrf, &login).refuse("password", sentence(&problem.detail), ("word", typed));
        return Ok(answered_as(problem, frame.answer(&body(&question))));
    }
    let Begun { receipt, is_written } = erased(&people, &asker, &own).await?;
    let place = format!("/receipts/{}", receipt.id);
    if is_written {
        return Ok(go_to(&place, Vec::new()));
    }
    let finding = "Your key is destroyed: nothing of yours can be read any more, and there is no way back. The database takes nothing at \
                   the moment, so that your rows are removed later. Keep the address of your receipt: it stands there from then on.";
    let link = ButtonLink::new(place, "Your receipt", Weight::Primary);
    Ok(Frame::new("Your data is being erased", finding, people.settings.profile).answer(&Markup::of(&link)))
}

/// What was erased, for who has the address: their account is gone.
pub(super) async fn receipt(State(people): State<People>, Path(id): Path<String>) -> Result<Response, Problem> {
    let receipt = receipt_of(&people, &id).await?;
    let finding = match &receipt.done_at {
        Some(_) => {
            "Everything that was kept of you is erased. Save this page: nobody can tell you of it again by your name."
        }
        None => "Your key is destroyed: nothing of yours can be read any more. The last rows are still being removed.",
    };
    let mut frame = Frame::new("Receipt of your erasure", finding, people.settings.profile);
    if receipt.done_at.is_none() {
        frame.again = Some(5);
    }
    let columns = vec![Column::new("Table"), Column::number("Rows erased")];
    let table = receipt
        .erased
        .iter()
        .filter(|(_, rows)| **rows > 0)
        .fold(Table::new("What was erased", columns), |table, (name, rows)| {
            table.row(Row::new(vec![Cell::text(name.as_str()), Cell::count(*rows)]))
        });
    let or_not_yet = |text: Option<String>| text.unwrap_or_else(|| "not yet".into());
    let facts = Facts::new()
        .fact("Receipt", receipt.id)
        .fact("Begun", receipt.begun_at)
        .fact("Done", or_not_yet(receipt.done_at))
        .fact("SHA-256 of this receipt", or_not_yet(receipt.digest))
        .fact("Entry of the ledger of access", or_not_yet(receipt.ledger_entry.map(|place| place.to_string())));
    let check = "The ledger of access has an entry with the same hash. Whoever checks a copy of the ledger (`attune-collector audit \
                 verify`) can tell that this receipt is what was given.";
    let body = Markup::none()
        .with(&facts)
        .with(&table)
        .with(&Notice::new(Tone::Plain, "Copies", receipt.copies))
        .with(&Notice::new(Tone::Plain, "How to check it", check));
    Ok(frame.answer(&body))
}
