use attune_ground::http::{Problem, Query};
use attune_pages::Markup;
use attune_pages::part::Fold;
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::State;
use axum::response::Response;

use super::super::Own;
use super::super::routes::{AccessQuery, accesses};
use super::times;
use crate::People;
use crate::rights::Asker;
use crate::sign_in::{Opened, opened};

pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    Query(asked): Query<AccessQuery>,
) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let list = accesses(&people, &own, asked.before.unwrap_or(i64::MAX)).await?;
    let times = times(&people, &own).await?;
    let finding = match list.entries.as_slice() {
        [] => "Nobody but you has looked at anything of yours.".to_owned(),
        _ => format!(
            "This is who else looked at something of yours, or did something about your account. {}",
            times.says()
        ),
    };
    let Opened { frame, .. } = opened(&people, &asker, "Who looked", &finding, "/me/access").await?;
    let columns = ["When", "Who", "As", "What", "Of whom"].map(Column::new).to_vec();
    let mut table = Table::new("The newest first", columns).when_empty(&Shown::Empty {
        what: "Each time that somebody else reads something of yours stands here: who, in which role, what and when."
            .into(),
        step: None,
    });
    for entry in &list.entries {
        let at = attune_ground::time::instant(&entry.at).map(jiff::Timestamp::as_millisecond).unwrap_or_default();
        table = table.row(Row::new(vec![
            Cell::of(&times.when(at)),
            Cell::text(entry.by.clone().unwrap_or_else(|| "nobody by name".into())),
            Cell::text(role(&entry.role)),
            Cell::text(what(&entry.what)),
            Cell::text(if entry.of_everybody { "everybody" } else { "you" }),
        ]));
    }
    table = table.pages(None, list.next.map(|next| format!("/me/access?before={next}")));
    let how = Markup::paragraph(
        "Each entry is hashed with the one before; the privacy officer sees whether the chain holds, and anybody can check a \
         signed copy of it. What was read is not in it, only by which way.",
    );
    Ok(frame.answer(&Markup::none().with(&table).with(&Fold::new("How this is kept", &how))))
}

fn role(name: &str) -> String {
    match name {
        "service" => "a machine".into(),
        "command" => "a command on the collector's own machine".into(),
        "collector" => "the collector itself".into(),
        name => name.parse().map_or_else(|_| name.to_owned(), |role: crate::rights::Role| role.words().to_owned()),
    }
}

/// A route or an act in words, as far as there are some.
fn what(name: &str) -> String {
    // An act of several words is no method and path.
    let asked = name.split_once(' ').filter(|(_, path)| path.starts_with('/'));
    let path = asked.map_or(name, |(_, path)| path.trim_start_matches("/api/v1"));
    match path {
        "/records" => "how much is stored of each person (no values)",
        "/records/requests" | "/records/requests/{id}" => "the requests that people made about their data",
        "/ledger" | "/ledgers" => "the ledgers of consent and access",
        "/ledger/copy" => "a copy of the ledgers of consent and access",
        "/admin/accounts" => "the list of accounts",
        "/admin/accounts/{id}"
        | "/admin/accounts/{id}/roles"
        | "/admin/accounts/{id}/mail"
        | "/admin/accounts/{id}/disable"
        | "/admin/accounts/{id}/enable" => "your account",
        "/admin/people" | "/admin/codes" => "the list of people",
        "/admin/people/{id}" => "your devices, and since when you are known",
        "/admin/teams" => "the list of teams",
        path if path.starts_with("/admin/teams/{id}") => "who is in a team",
        "/alerts" | "/alerts/settings" | "/alerts/supporters" => {
            "that there is an alert about you, and its level, as you let who supports you"
        }
        path if path.starts_with("/hr/master") => "the tables of the personnel department about everybody",
        "/reports" | "/hr/reports" => "which reports are kept, and of whom",
        "/hr/flags/{id}" | "/hr/focus/{id}" => {
            "what was found unusual about you in the tables of the personnel department, and why"
        }
        "/hr/flags" | "/hr/flags/preview" | "/hr/focus" | "/api/detect-anomalies" | "/api/detect-anomalies/" => {
            "who is unusual in the tables of the personnel department"
        }
        "/analyze" => "what was measured in a recording of yours that a machine handed in",
        "erase" => "what was kept of you was erased",
        "set roles" => "your account was given other roles",
        "make link" => "a link was made with which a password is chosen",
        "set mail" => "the address of mail of your account was changed",
        "link provider" => "your account was first signed in to with the organisation's identity provider",
        "add passkey" => "a passkey was added to your account",
        "remove passkey" => "a passkey of your account was removed",
        "disable" => "your account was disabled",
        "enable" => "your account was enabled",
        "make account" => "an account was made for you",
        "import" => "you were taken in from a table",
        "make code" => "a code was made with which a device of yours is enrolled",
        "revoke device" => "a device of yours is listened to no more",
        "close team" => "a team that you were in was closed",
        "give table" => "a table of the personnel department was given, to be looked at",
        "take in table" => "a table of the personnel department was taken in",
        "take back table" => "a table of the personnel department was taken back",
        "look for unusual" => "it was looked for who is unusual in the tables of the personnel department",
        "decide on flag" => "somebody decided on what was found unusual about you",
        "make report" => "a report of you, or of everybody, was made from what the organisation may be told",
        "take report" => "a report of you, or of everybody, that was made before was taken",
        "object to flag" => "you objected to what was found unusual about you",
        "agree to messages" => "what you write is analysed: you agreed to it",
        "withdraw messages" => "what you write is not analysed any more: that was withdrawn",
        "link writer" => "your name in a place where you write was made known",
        "change place" => "your place in a team was given, changed or taken back",
        _ => name,
    }
    .into()
}
