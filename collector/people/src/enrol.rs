//! `enrol`: a code with which a device can be enrolled, and all that the device needs.

use std::path::Path;

use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand};
use attune_protocol::broker::BrokerAddress;
use clap::{CommandFactory, FromArgMatches, Parser};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::access::{self, Act, By, Of};
use crate::accounts;
use crate::sign_in::{MadeBy, made_by};

/// Print a one-time code with which a device of this user can be enrolled, and on standard error the line for the device.
#[derive(Parser)]
#[command(
    name = "enrol",
    display_order = 20,
    after_help = "Example:\n  attune-collector enrol --user alice\n  \
        attune-agent enrol --broker mqtt://127.0.0.1:8751 --code THE-CODE"
)]
struct Enrol {
    /// The user id that the outside world has for the person.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// How long the code can be used.
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(i64).range(1..=10_080))]
    valid_minutes: i64,
}

/// There can be no such user.
#[derive(Debug, thiserror::Error)]
#[error("enrol a device of this user: {0}")]
struct NoUser(String);

pub(super) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Enrol::command(),
        work: |line, given| Box::pin(async move { enrol(Enrol::from_arg_matches(&line)?, given).await }),
    }
}

async fn enrol(asked: Enrol, given: Given) -> Result<Said, Failed> {
    let user = accounts::user_id(&asked.user).map_err(|problem| NoUser(problem.detail))?;
    let Foundation { store, people, .. } = given.ground.await?;
    let made = match accounts::find_person(&store, &people, &user).await? {
        Some(person) => made_by(&store, person).await?,
        None => None,
    };
    let mut transaction = store.begin().await?;
    let named = (user.as_str(), None);
    let (code, person) =
        accounts::create_code_in(&mut transaction, &people, named, asked.valid_minutes * 60_000).await?;
    access::note(&mut transaction, &By::COMMAND, Act::MakeCode.name(), Of::Person(person), &[]).await?;
    transaction.commit().await?;
    store.close().await;
    // The code alone goes to standard output, for scripts; who reads the screen sees both.
    let err = whose(made) + &explanation(&given.state, given.broker, &code, asked.valid_minutes);
    Ok(Said { out: format!("{code}\n"), err })
}

/// What is to be known of an account before a device is enrolled for it: whoever signs in with it reads what the device senses.
pub(crate) fn whose(made: Option<(MadeBy, i64)>) -> String {
    let Some((by, at)) = made else { return String::new() };
    let day = jiff::Timestamp::from_millisecond(at).map(|at| at.strftime("%-d %B %Y").to_string()).unwrap_or_default();
    match by {
        MadeBy::Administrator => String::new(),
        MadeBy::Themselves => format!(
            "WARNING: somebody made the account of this name for themselves, on {day}; no administrator did. Whoever chose its password \
             reads what the device senses. Ask the person whether the account is theirs before you hand out this code; if it is not, \
             let the code run out, and disable the account ('attune-collector account disable').\n\n"
        ),
        MadeBy::NotNoted => format!(
            "The account of this name was made on {day}, before it was noted who makes one. If people may register themselves here, \
             ask the person whether it is theirs.\n\n"
        ),
    }
}

/// Where devices reach the broker of the collector with this state folder, and whether that collector has run already.
pub(crate) fn broker(state: &Path, set: String) -> (String, bool) {
    let written = std::fs::read_to_string(state.join("addresses.toml")).unwrap_or_default();
    let table: toml::Table = written.parse().unwrap_or_default();
    match table.get("broker").and_then(toml::Value::as_str) {
        Some(url) => (url.to_owned(), true),
        None => (set, false),
    }
}

/// What is run on the device.
pub(crate) fn line(broker: &str, code: &str) -> String {
    format!("attune-agent enrol --broker {broker} --code {code}")
}

/// What stands beside the code, for people.
fn explanation(state: &Path, set: String, code: &str, minutes: i64) -> String {
    let (broker, ran) = broker(state, set);
    let line = line(&broker, code);
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
    let mut text = format!(
        "It enrols one device, once, until {} UTC ({minutes} min). On the device, run:\n\n  {line}\n\n",
        until.strftime("%H:%M on %-d %B")
    );
    if is_loopback(&broker) {
        text += "The address is this machine's own: the device must be this machine.\n";
    }
    if !ran {
        text += "The collector has not run on this state folder yet: start it with 'attune-collector serve'.\n";
    }
    if let Some(drawn) = drawn(&line) {
        text += &format!("The same line, to be read by a camera:\n\n{drawn}\n");
    }
    text
}

pub(crate) fn is_loopback(broker: &str) -> bool {
    broker.parse::<BrokerAddress>().is_ok_and(|broker| broker.is_loopback())
}

/// A line as QR code of block characters, light on dark, as terminals mostly are; cameras read both.
fn drawn(line: &str) -> Option<String> {
    let code = QrCode::new(line).ok()?;
    let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    Some(drawn.trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_protocol::ids::PersonId;

    use super::*;
    use crate::rights::Role;
    use crate::sign_in::{NewLogin, create};

    #[tokio::test]
    async fn who_made_an_account_is_told_before_a_device_is_enrolled_for_it_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            for (name, may_exist) in [("alice", false), ("bob", true), ("carol", true)] {
                let (roles, password) = (&[Role::Employee][..], Some("a hash".to_owned()));
                let new = NewLogin { name, user_id: None, mail: None, roles, password, may_exist };
                let mut transaction = database.store.begin().await.expect("begins");
                create(&mut transaction, &database.people, &database.own, new)
                    .await
                    .expect("made")
                    .expect("it is free");
                transaction.commit().await.expect("commits");
            }
            let before = sqlx::query("UPDATE logins SET registered = NULL WHERE person = $1");
            let carol = find(&database, "carol").await;
            before.bind(carol.0.to_vec()).execute(database.store.pool()).await.expect("as of before");
            let told = async |name: &str| {
                let person = find(&database, name).await;
                whose(made_by(&database.store, person).await.expect("reads"))
            };
            assert!(told("alice").await.starts_with("WARNING: somebody made the account of this name for themselves"));
            assert_eq!(told("bob").await, "");
            assert!(told("carol").await.contains("before it was noted"));
            assert_eq!(whose(None), "", "nobody signs in by that name");
        }
    }

    async fn find(database: &Database, name: &str) -> PersonId {
        accounts::find_person(&database.store, &database.people, name).await.expect("reads").expect("known")
    }

    #[test]
    fn the_line_for_the_device_is_whole_and_says_how_long_it_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = |broker: &str, minutes| explanation(folder.path(), broker.into(), "AAAA-BBBB-CCCC-DDDD", minutes);
        let text = told("mqtt://127.0.0.1:8751", 15);
        assert!(
            text.contains("\n  attune-agent enrol --broker mqtt://127.0.0.1:8751 --code AAAA-BBBB-CCCC-DDDD\n"),
            "{text}"
        );
        assert!(text.contains("(15 min)") && text.contains("must be this machine"), "{text}");
        assert!(text.contains("attune-collector serve"), "{text}");
        assert!(text.lines().filter(|line| line.contains('\u{2588}')).count() > 15, "a picture of the line: {text}");

        std::fs::write(folder.path().join("addresses.toml"), "broker = \"mqtt://10.0.0.7:9000\"\n").expect("written");
        let text = told("mqtt://127.0.0.1:8751", 60);
        assert!(text.contains("--broker mqtt://10.0.0.7:9000 --code") && !text.contains("serve"), "{text}");
        assert!(!text.contains("this machine"), "{text}");
        std::fs::remove_file(folder.path().join("addresses.toml")).expect("removed");
        assert!(told("mqtt://broker:1883", 1).contains("--broker mqtt://broker:1883 --code A"));
    }
}
