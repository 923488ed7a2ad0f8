//! `account`: who signs in, made and mended on the collector's own machine. Nothing secret stands on the command line: a new
//! account is given a link with which its owner chooses a password.

use std::path::Path;

use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::links::{LINK_MILLIS, make_link};
use super::logins::{self, Login, NewLogin, Taken};
use crate::access::{Act, By};
use crate::rights::Role;

/// Make and mend accounts of people who sign in.
#[derive(Parser)]
#[command(
    name = "account",
    display_order = 21,
    after_help = "Examples:\n  attune-collector account create --name olga --role admin\n  \
        attune-collector account link --name olga --new-second-factor"
)]
struct Account {
    #[command(subcommand)]
    what: What,
}

/// Make the first administrator.
#[derive(Parser)]
#[command(name = "admin", display_order = 22, after_help = "Example:\n  attune-collector admin create --name olga")]
struct Admin {
    #[command(subcommand)]
    what: AdminWhat,
}

#[derive(Subcommand)]
enum AdminWhat {
    /// Make an account of an administrator, and print the link with which its owner chooses a password.
    ///
    /// Once there is an account, everybody signs in.
    Create(NewAdmin),
}

#[derive(Args)]
struct NewAdmin {
    /// The name with which they sign in.
    #[arg(long)]
    name: String,
    /// Where mail reaches them.
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
}

#[derive(Subcommand)]
enum What {
    /// Make an account, and print the link with which its owner chooses a password.
    ///
    /// Once there is an account, everybody signs in.
    Create(Create),
    /// Print a new link for somebody who has forgotten their password.
    Link(Link),
    /// List the accounts.
    List,
    /// Keep an account from signing in, at once.
    Disable(Name),
    /// Let an account sign in again.
    Enable(Name),
}

#[derive(Args)]
struct Create {
    /// The name with which they sign in; of an employee also the user id of the person who is sensed.
    #[arg(long)]
    name: String,
    /// What they are: employee, manager, hr, privacy_officer or admin; may be given several times.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<Role>,
    /// Where mail reaches them.
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
}

#[derive(Args)]
struct Link {
    /// Whose.
    #[arg(long)]
    name: String,
    /// Take the second factor away, too, so that another one can be set up: the telephone was lost.
    #[arg(long)]
    new_second_factor: bool,
}

#[derive(Args)]
struct Name {
    /// Whose.
    #[arg(long)]
    name: String,
}

/// Why a command about accounts ends early.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("make the account: {0}")]
    Wrong(String),
    #[error("make the account: there is one of this name or address of mail already; 'account list' shows all")]
    Taken,
    #[error(
        "make a link: this account is disabled; let it sign in again first, with 'attune-collector account enable'"
    )]
    Disabled,
    #[error("find the account: there is none of this name; 'account list' shows all")]
    Unknown,
}

pub(crate) fn commands() -> [SubjectCommand; 2] {
    [
        SubjectCommand {
            line: Account::command(),
            work: |line, given| Box::pin(async move { run(Account::from_arg_matches(&line)?.what, given).await }),
        },
        SubjectCommand {
            line: Admin::command(),
            work: |line, given| {
                Box::pin(async move {
                    let AdminWhat::Create(NewAdmin { name, mail }) = Admin::from_arg_matches(&line)?.what;
                    run(What::Create(Create { name, roles: vec![Role::Admin], mail }), given).await
                })
            },
        },
    ]
}

async fn run(what: What, given: Given) -> Result<Said, Failed> {
    let ground = given.ground.await?;
    let place = given.setup.known_at.or_else(|| address(&given.state));
    let said = work(what, &ground, place).await;
    ground.store.close().await;
    said
}

async fn work(what: What, ground: &Foundation, place: Option<String>) -> Result<Said, Failed> {
    let Foundation { store, people, own } = ground;
    match what {
        What::Create(Create { name, roles, mail }) => {
            let new = NewLogin {
                name: &name,
                user_id: None,
                mail: mail.as_deref(),
                roles: &roles,
                password: None,
                may_exist: true,
            };
            let mut transaction = store.begin().await?;
            let made = logins::create(&mut transaction, people, own, new)
                .await
                .map_err(|problem| Refused::Wrong(problem.detail))?;
            let id = made.map_err(|Taken| Refused::Taken)?;
            logins::note(&mut transaction, &By::COMMAND, Act::MakeAccount, id).await?;
            transaction.commit().await?;
            let link = make_link(store, id, false, &By::COMMAND).await?.ok_or(Refused::Disabled)?;
            Ok(link_told(&link, place))
        }
        What::Link(Link { name, new_second_factor }) => {
            let login = named(ground, &name).await?;
            let link = make_link(store, login.id, new_second_factor, &By::COMMAND).await?.ok_or(Refused::Disabled)?;
            Ok(link_told(&link, place))
        }
        What::List => {
            let lines = logins::list(store, people).await?.into_iter().map(|login| line(&login));
            Ok(Said { out: lines.collect(), err: String::new() })
        }
        What::Disable(Name { name }) => {
            let login = named(ground, &name).await?;
            logins::disable(store, login.id, &By::COMMAND).await?;
            Ok(Said { out: String::new(), err: "It signs in no more, and was signed out everywhere.\n".into() })
        }
        What::Enable(Name { name }) => {
            let login = named(ground, &name).await?;
            logins::enable(store, login.id, &By::COMMAND).await?;
            Ok(Said { out: String::new(), err: "It may sign in.\n".into() })
        }
    }
}

async fn named(ground: &Foundation, name: &str) -> Result<Login, Failed> {
    let found = logins::find_by_name(&ground.store, &ground.people, &ground.own, name).await?;
    found.ok_or_else(|| Refused::Unknown.into())
}

fn line(login: &Login) -> String {
    let roles: Vec<&str> = login.roles.iter().map(|role| role.name()).collect();
    let mut notes = Vec::new();
    if login.password.is_none() {
        notes.push("no password chosen yet");
    }
    if login.disabled_at.is_some() {
        notes.push("disabled");
    }
    if login.has_second_factor {
        notes.push("second factor");
    }
    format!("{}  {}  {}\n", login.name, roles.join(","), notes.join(", ")).replace("  \n", "\n")
}

/// Where the collector of this state folder answers, if it has run.
fn address(state: &Path) -> Option<String> {
    let written = std::fs::read_to_string(state.join("addresses.toml")).ok()?;
    let table: toml::Table = written.parse().ok()?;
    table.get("api").and_then(toml::Value::as_str).map(str::to_owned)
}

/// `place` is where people reach the collector: by its name, or else where it has run.
fn link_told(link: &str, place: Option<String>) -> Said {
    let hours = LINK_MILLIS / 3_600_000;
    let (place, how) = match place {
        Some(place) => (place, ""),
        None => {
            (String::new(), "The collector has not run on this state folder yet: put its address before the path.\n")
        }
    };
    // The link alone goes to standard output, for scripts.
    Said {
        out: format!("{place}/join/{link}\n"),
        err: format!("Open the link in a browser within {hours} hours to choose a password; it works once.\n{how}"),
    }
}
