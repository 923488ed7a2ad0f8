use attune_ground::http::{Problem, Query};
use attune_pages::Markup;
use attune_pages::part::Fold;
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use axum::extract::State;
use axum::response::Response;

use super::super::Own;
use super::super::routes::{AccessQuery, accesses};
use super::super::view::AccessEntry;
use super::times;
use crate::People;
use crate::access::{role, to_whose_it_is};
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
        [] => "Nobody but you has looked at anything of yours, and nobody did anything about your account.".to_owned(),
        _ => format!(
            "Each time that somebody looked at something of yours, or did something about you or your account: others, machines, and \
             you yourself where you decided something. {}",
            times.says()
        ),
    };
    let Opened { frame, login, .. } = opened(&people, &asker, "Who looked", &finding, "/me/access").await?;
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
            Cell::text(who(entry, &login.name)),
            Cell::text(role(&entry.role)),
            Cell::text(to_whose_it_is(&entry.what)),
            Cell::text(if entry.of_everybody { "everybody, you among them" } else { "you alone" }),
        ]));
    }
    table = table.pages(None, list.next.map(|next| format!("/me/access?before={next}")));
    let how = Markup::paragraph(
        "Each entry is hashed with the one before; the privacy officer sees whether the chain holds, and anybody can check a \
         signed copy of it. What was read is not in it, only by which way.",
    );
    Ok(frame.answer(&Markup::none().with(&table).with(&Fold::new("How this is kept", &how))))
}

/// Who it was: by name, or why there is none.
fn who(entry: &AccessEntry, own: &str) -> String {
    match (entry.by.as_deref(), entry.role.as_str()) {
        (Some(name), _) if name == own => format!("{name} (you)"),
        (Some(name), _) => name.to_owned(),
        (None, "service") => "a machine, with a token of its own".into(),
        (None, "command") => "whoever has the collector's own machine".into(),
        (None, "collector") => "nobody: it goes on by itself".into(),
        (None, _) => "somebody whose account is gone".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_says_who_it_was_or_why_there_is_no_name() {
        let entry = |by: Option<&str>, role: &str| AccessEntry {
            place: 0,
            at: String::new(),
            by: by.map(str::to_owned),
            role: role.into(),
            what: String::new(),
            of_everybody: false,
        };
        assert_eq!(who(&entry(Some("alice"), "employee"), "alice"), "alice (you)");
        assert_eq!(who(&entry(Some("petra"), "privacy_officer"), "alice"), "petra");
        let unnamed = ["service", "command", "collector", "hr"].map(|role| who(&entry(None, role), "alice"));
        assert!(unnamed.iter().all(|words| words.len() > 10), "{unnamed:?}");
    }
}
