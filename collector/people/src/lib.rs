//! Who is who, who signs in, what they agreed to and what they want: people and devices, logins and rights, consent,
//! preferences.
//!
//! An outside user id stands in the accounts table and nowhere else; every other room knows a random [`PersonId`].
//!
//! [`PersonId`]: attune_protocol::ids::PersonId

pub mod access;
pub mod accounts;
mod admin;
mod carried;
pub mod consent;
mod enrol;
mod error;
pub mod heartbeats;
mod mail;
pub mod me;
pub mod outward;
pub mod pages;
mod password;
pub mod policy;
pub mod preferences;
mod provider;
mod records;
mod required;
mod retention;
pub mod rights;
mod same;
pub mod sign_in;
mod signing_key;
mod state;
pub mod teams;
pub mod unusual_use;
mod watching;

pub use error::PeopleError;
pub use mail::{LookAgain, Looked, Post, PostSettings, StillDue, Told};
pub use same::bring_together;
pub use state::{InForce, People, Settings, Surroundings};
pub use watching::Watching;

use attune_ground::store::Migrations;
use attune_ground::{Foundation, Job, Prepared, Subject};
use axum::extract::FromRef;
use serde_json::Value;
use tokio::sync::watch;

/// The tables of accounts, devices, consent and preferences.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        (2001, "initial", include_str!("../migrations/sqlite/2001_initial.sql")),
        (2002, "enrolments", include_str!("../migrations/sqlite/2002_enrolments.sql")),
        (2003, "references", include_str!("../migrations/sqlite/2003_references.sql")),
        (2004, "nobodys", include_str!("../migrations/sqlite/2004_nobodys.sql")),
        (2005, "same", include_str!("../migrations/sqlite/2005_same.sql")),
        (2006, "owners", include_str!("../migrations/sqlite/2006_owners.sql")),
        (2007, "sign in", include_str!("../migrations/sqlite/2007_sign_in.sql")),
        (2008, "teams", include_str!("../migrations/sqlite/2008_teams.sql")),
        (2009, "access", include_str!("../migrations/sqlite/2009_access.sql")),
        (2012, "retention", include_str!("../migrations/sqlite/2012_retention.sql")),
        (2013, "outside", include_str!("../migrations/sqlite/2013_outside.sql")),
        (2014, "passkeys", include_str!("../migrations/sqlite/2014_passkeys.sql")),
        (2015, "mail", include_str!("../migrations/sqlite/2015_mail.sql")),
        (2016, "folded", include_str!("../migrations/sqlite/2016_folded.sql")),
        (2017, "followed", include_str!("../migrations/sqlite/2017_followed.sql")),
        (2018, "registered", include_str!("../migrations/sqlite/2018_registered.sql")),
        (2019, "shown", include_str!("../migrations/sqlite/2019_shown.sql")),
        (2020, "revoked", include_str!("../migrations/sqlite/2020_revoked.sql")),
        (2021, "people", include_str!("../migrations/sqlite/2021_people.sql")),
        (2022, "keys", include_str!("../migrations/sqlite/2022_keys.sql")),
        (2030, "heartbeats", include_str!("../migrations/sqlite/2030_heartbeats.sql")),
        (2031, "unusual", include_str!("../migrations/sqlite/2031_unusual.sql")),
        (2032, "sole", include_str!("../migrations/sqlite/2032_sole.sql")),
        (2033, "lists", include_str!("../migrations/sqlite/2033_lists.sql")),
    ],
    postgres: &[
        (2001, "initial", include_str!("../migrations/postgres/2001_initial.sql")),
        (2002, "enrolments", include_str!("../migrations/postgres/2002_enrolments.sql")),
        (2003, "references", include_str!("../migrations/postgres/2003_references.sql")),
        (2004, "nobodys", include_str!("../migrations/postgres/2004_nobodys.sql")),
        (2005, "same", include_str!("../migrations/postgres/2005_same.sql")),
        (2006, "owners", include_str!("../migrations/postgres/2006_owners.sql")),
        (2007, "sign in", include_str!("../migrations/postgres/2007_sign_in.sql")),
        (2008, "teams", include_str!("../migrations/postgres/2008_teams.sql")),
        (2009, "access", include_str!("../migrations/postgres/2009_access.sql")),
        (2012, "retention", include_str!("../migrations/postgres/2012_retention.sql")),
        (2013, "outside", include_str!("../migrations/postgres/2013_outside.sql")),
        (2014, "passkeys", include_str!("../migrations/postgres/2014_passkeys.sql")),
        (2015, "mail", include_str!("../migrations/postgres/2015_mail.sql")),
        (2016, "folded", include_str!("../migrations/postgres/2016_folded.sql")),
        (2017, "followed", include_str!("../migrations/postgres/2017_followed.sql")),
        (2018, "registered", include_str!("../migrations/postgres/2018_registered.sql")),
        (2019, "shown", include_str!("../migrations/postgres/2019_shown.sql")),
        (2020, "revoked", include_str!("../migrations/postgres/2020_revoked.sql")),
        (2021, "people", include_str!("../migrations/postgres/2021_people.sql")),
        (2022, "keys", include_str!("../migrations/postgres/2022_keys.sql")),
        (2030, "heartbeats", include_str!("../migrations/postgres/2030_heartbeats.sql")),
        (2031, "unusual", include_str!("../migrations/postgres/2031_unusual.sql")),
        (2032, "sole", include_str!("../migrations/postgres/2032_sole.sql")),
        (2033, "lists", include_str!("../migrations/postgres/2033_lists.sql")),
    ],
    inherited: &[2001],
};

/// What this subject brings to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S>
where
    People: FromRef<S>,
{
    Subject {
        migrations: Some(&MIGRATIONS),
        prepare: Some(prepare),
        routes: || {
            let own = preferences::routes::router().merge(sign_in::routes::router());
            let own = own.merge(me::routes::router()).merge(records::router());
            own.merge(unusual_use::router()).merge(admin::routes())
        },
        unversioned: || preferences::routes::unversioned().merge(sign_in::routes::unversioned()),
        history: Some(heartbeats::HISTORY),
        aging: retention::AGING,
        holdings: Some(me::HOLDINGS),
        carried: Some(carried::CARRIED),
        pages: || {
            let own = sign_in::pages::router().merge(me::pages::router());
            own.merge(records::pages()).merge(unusual_use::pages()).merge(admin::pages())
        },
        describe,
        jobs,
        commands: || {
            let own = vec![
                enrol::command(),
                policy::command(),
                access::command(),
                retention::command(),
                signing_key::command(),
            ];
            [own, sign_in::commands().into()].concat()
        },
        ..Subject::default()
    }
}

fn prepare(ground: &Foundation) -> Prepared<'_> {
    Box::pin(async move {
        // First: whose key is gone is erased, and not taken for somebody without a name.
        me::keyless::at_start(ground).await?;
        Ok(bring_together(&ground.store, &ground.people).await?)
    })
}

fn describe(document: &mut Value) {
    preferences::routes::describe(document);
    sign_in::describe(document);
    admin::describe(document);
    me::routes::describe(document);
    records::describe(document);
    unusual_use::describe(document);
}

fn jobs<S>(state: &S, stop: &watch::Receiver<bool>) -> Vec<Job>
where
    People: FromRef<S>,
{
    let people = People::from_ref(state);
    vec![
        Job::new("erasures", me::finish_erasures(people.clone(), stop.clone())),
        Job::new("the ledgers", access::watch(people.store.clone(), stop.clone())),
        Job::new("retention", retention::let_go(people.clone(), stop.clone())),
        Job::new("what has ended of sign-ins", sign_in::tidy(people.clone(), stop.clone())),
        Job::new("use of people's data", unusual_use::watch(people.clone(), stop.clone())),
        Job::new("mail", sign_in::send_mail(people, stop.clone())),
    ]
}

#[cfg(test)]
mod migrations_tests;
#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_migrations_that_are_listed_are_those_that_the_folder_holds() {
        attune_ground::testing::listed_as_in(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"), &super::MIGRATIONS)
            .await;
    }
}
