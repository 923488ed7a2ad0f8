use attune_ground::http::Problem;
use attune_pages::part::Facts;
use attune_pages::words::count;
use attune_pages::{Link, Markup};
use axum::extract::State;
use axum::response::Response;

use super::super::counts;
use super::open;
use crate::People;
use crate::rights::Asker;

/// Whether it runs, and how many there are of what is looked after here.
pub(super) async fn show(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let counts = counts::count(&people.store).await?;
    let finding = match counts.without_password {
        0 => "The collector answers. Everybody who has an account has chosen a password.".into(),
        1 => "The collector answers. One account has no password yet: its owner waits for a link, or has not used it."
            .into(),
        waiting => format!("The collector answers. {} accounts have no password yet.", count(waiting)),
    };
    let opened = open(&people, &asker, "Overview", &finding, "/admin").await?;
    let and = |some: u64, words: &str| if some == 0 { String::new() } else { format!("and {} {words}", count(some)) };
    let row = |href: &str, label: &str, text: String| {
        Markup::of(&Link::new(href, label)).with(&Markup::text(format!(" {text}")))
    };
    let facts = Facts::new()
        .with("Parts", &Markup::of(&Link::new("/health", "How each part of it is")))
        .with("Accounts", &row("/admin/accounts", &count(counts.accounts), and(counts.disabled_accounts, "disabled")))
        .with("People", &row("/admin/people", &count(counts.people), String::new()))
        .with("Devices", &Markup::text(format!("{} {}", count(counts.devices), and(counts.revoked_devices, "revoked"))))
        .with("Teams", &row("/admin/teams", &count(counts.teams), String::new()))
        .with("Machines", &row("/admin/services", &count(counts.services), "with a token".into()));
    let body = Markup::of(&facts).with(&Markup::heading("What else")).with(&links());
    Ok(opened.frame.answer(&body))
}

fn links() -> Markup {
    let facts = Facts::new()
        .with("Many at once", &Link::new("/admin/import", "Import people, accounts and teams from a table"))
        .with("Settings", &Link::new("/admin/settings", "What is set, and where each setting comes from"))
        .with(
            "Unusual use",
            &Link::new("/records/use", "How privacy officers use data about people, where it was unusual"),
        );
    Markup::of(&facts)
}
