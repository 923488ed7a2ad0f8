//! What is sensed: from the broker into the database, into sessions, and the analysis of what clients send at once.
//!
//! Each room holds its own types, queries and routes. [`Sensing`] is all of it at work, [`subject`] what it brings to the
//! program.

mod analyze;
pub mod broker;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod graph;
pub mod health;
mod holdings;
pub mod ingest;
mod me;
mod measured;
#[cfg(test)]
mod migrations_tests;
mod models;
mod months;
mod page;
mod pool;
mod quarantine;
mod rooms;
mod running;
pub mod sessions;
mod settings;
mod spans;
mod stats;
#[cfg(test)]
mod testing;

pub use error::SensingError;
pub use rooms::Rooms;
pub use running::Running;
pub use settings::Settings;

use attune_ground::http::document;
use attune_ground::store::Migrations;
use attune_ground::{History, Subject};
use attune_people::People;
use attune_wellbeing::Wellbeing;
use axum::Router;
use axum::extract::FromRef;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

/// How what is kept over time is deleted.
const HISTORY: History =
    History { delete_before: sessions::delete_before, is_of_sums: false, finish: sessions::finish };

/// The tables of records, sessions and what was sent for analysis.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        (3001, "initial", include_str!("../migrations/sqlite/3001_initial.sql")),
        (3002, "fingerprints", include_str!("../migrations/sqlite/3002_fingerprints.sql")),
        (3003, "deletion", include_str!("../migrations/sqlite/3003_deletion.sql")),
        (3004, "owners", include_str!("../migrations/sqlite/3004_owners.sql")),
        (3005, "contents", include_str!("../migrations/sqlite/3005_contents.sql")),
        (3006, "names", include_str!("../migrations/sqlite/3006_names.sql")),
        (3007, "ages", include_str!("../migrations/sqlite/3007_ages.sql")),
        (3008, "references", include_str!("../migrations/sqlite/3008_references.sql")),
        (3010, "people", include_str!("../migrations/sqlite/3010_people.sql")),
        (3011, "check ins", include_str!("../migrations/sqlite/3011_check_ins.sql")),
        (3012, "text", include_str!("../migrations/sqlite/3012_text.sql")),
    ],
    postgres: &[
        (3001, "initial", include_str!("../migrations/postgres/3001_initial.sql")),
        (3002, "fingerprints", include_str!("../migrations/postgres/3002_fingerprints.sql")),
        (3003, "deletion", include_str!("../migrations/postgres/3003_deletion.sql")),
        (3004, "owners", include_str!("../migrations/postgres/3004_owners.sql")),
        (3005, "contents", include_str!("../migrations/postgres/3005_contents.sql")),
        (3006, "names", include_str!("../migrations/postgres/3006_names.sql")),
        (3007, "ages", include_str!("../migrations/postgres/3007_ages.sql")),
        (3008, "references", include_str!("../migrations/postgres/3008_references.sql")),
        (3010, "people", include_str!("../migrations/postgres/3010_people.sql")),
        (3011, "check ins", include_str!("../migrations/postgres/3011_check_ins.sql")),
        (3012, "text", include_str!("../migrations/postgres/3012_text.sql")),
    ],
    inherited: &[3001],
};

/// What this subject brings to the program.
#[must_use]
pub fn subject<S: Clone + Send + Sync + 'static>() -> Subject<S>
where
    Rooms: FromRef<S>,
    People: FromRef<S>,
    Wellbeing: FromRef<S>,
{
    Subject {
        migrations: Some(&MIGRATIONS),
        history: Some(HISTORY),
        aging: sessions::AGING,
        holdings: Some(holdings::HOLDINGS),
        measures: Some(measured::SOURCE),
        carried: Some(holdings::CARRIED),
        routes,
        unversioned,
        pages: || page::router().merge(me::pages()),
        describe,
        assets: &page::ASSETS,
        commands: || vec![broker::command(), quarantine::command()],
        ..Subject::default()
    }
}

fn routes<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Rooms: FromRef<S>,
    People: FromRef<S>,
{
    OpenApiRouter::new()
        .merge(health::router())
        .merge(models::router())
        .merge(stats::routes::router())
        .merge(analyze::routes::router())
        .merge(sessions::routes::router())
        .merge(graph::routes::router())
        .merge(me::router())
}

fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Rooms: FromRef<S>,
{
    Router::new()
        .merge(health::unversioned())
        .merge(models::unversioned())
        .merge(stats::routes::unversioned())
        .merge(analyze::routes::unversioned())
        .merge(sessions::routes::unversioned())
}

/// Adds the examples, and that an analysis needs something to look at.
fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (_, schema) in schemas.into_iter().flatten().filter(|(name, _)| name.starts_with("Analyze")) {
        let media = ["face_image", "face_image_base64", "audio_data", "audio_base64", "motion_data", "heart_data"];
        let media: Vec<&str> = media.into_iter().filter(|field| schema["properties"].get(field).is_some()).collect();
        let given = |field: &str| json!({"required": [field], "properties": {field: {"not": {"type": "null"}}}});
        schema["anyOf"] = media.into_iter().map(given).collect();
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_migrations_that_are_listed_are_those_that_the_folder_holds() {
        attune_ground::testing::listed_as_in(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"), &super::MIGRATIONS)
            .await;
    }
}
