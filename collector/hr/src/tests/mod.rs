//! Tables from whoever gives them to what is kept of people, and goes again.

mod far;
mod giving;
mod going;
mod grouped;
mod known;
mod looking;
mod versions;

use std::sync::Arc;

use attune_ground::http::Problem;
use attune_ground::http::body::Bodies;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_people::rights::Asker;
use attune_people::{People, Settings as PeopleSettings, accounts};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::{Matrix, Profile};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header;

use crate::rows::Table;
use crate::sealed::UploadId;
use crate::state::{Hr, Settings};
use crate::take::{self, Decision};
use crate::uploads::{Strangers, Upload};
use crate::{give, merged};

/// A table of activity: three days of two employees.
pub(crate) const ACTIVITY: &str = "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours\n\
    E1,2026-03-02,4,2,1,8\nE1,2026-03-03,6,4,3,6\nE2,2026-03-02,1,1,1,4.5\n";

/// A collector with a database.
pub(crate) struct Here {
    pub(crate) database: Database,
    pub(crate) state: Hr,
}

impl Here {
    pub(crate) async fn each() -> Vec<Self> {
        Self::each_under(Profile::Eu).await
    }

    /// The same under another profile.
    pub(crate) async fn each_under(profile: Profile) -> Vec<Self> {
        let migrations = [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS];
        let databases = Database::each(&migrations).await;
        databases.into_iter().map(|database| Self { state: state_under(&database, profile), database }).collect()
    }

    /// Makes somebody known.
    pub(crate) async fn know(&self, name: &str) -> PersonId {
        let mut transaction = self.database.store.begin().await.expect("begins");
        let person = accounts::person_of(&mut transaction, &self.database.people, name).await.expect("made");
        transaction.commit().await.expect("commits");
        person
    }

    async fn give(&self, table: Option<Table>, text: &str) -> Result<Upload, Problem> {
        give::give(&self.state, &Asker::open(), form(&[("file", Some("table.csv"), text)]), table).await
    }

    async fn decide(&self, id: UploadId, strangers: Option<Strangers>) -> Result<Upload, Problem> {
        let decision = Decision { strangers, ..Decision::default() };
        let decided = take::decide(&self.state, id, &decision, None).await?;
        give::soon(&self.state, id, decided.size).await
    }

    /// Gives a table of activity and takes it in, with whoever is in it.
    pub(crate) async fn take(&self, text: &str) -> Upload {
        let upload = self.give(Some(Table::Activity), text).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let taken = self.decide(upload.id, Some(Strangers::TakeIn)).await;
        taken.unwrap_or_else(|problem| panic!("{problem:?}"))
    }

    /// Whose mean of hours the master table has.
    pub(crate) async fn hours(&self) -> Vec<(String, Option<f64>)> {
        let rows = merged::rows(&self.state).await.unwrap_or_else(|problem| panic!("{problem:?}")).rows;
        rows.iter().map(|row| (row.employee.0.clone(), row.hours.mean)).collect()
    }

    /// Changes something past the subject.
    async fn change(&self, statement: &'static str) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query(statement).execute(&mut **transaction).await.expect("changed");
        transaction.commit().await.expect("commits");
    }
}

/// Another collector on the same database.
pub(crate) fn state(database: &Database) -> Hr {
    state_under(database, Profile::Eu)
}

/// The same under a profile, without a paper on record.
pub(crate) fn state_under(database: &Database, profile: Profile) -> Hr {
    let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
    let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
    Hr::new(People::new(ground, Bodies::default(), &[], settings), Settings::default())
}

/// A form: the name of each part, of its file, and what is in it.
pub(crate) fn form(parts: &[(&str, Option<&str>, &str)]) -> Request {
    let part = |(name, file, text): &(&str, Option<&str>, &str)| {
        let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\"\r\nContent-Type: text/csv"));
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{text}\r\n")
    };
    let body = parts.iter().map(part).collect::<String>() + "--x--\r\n";
    sent(body)
}

/// A body that says that it is a form.
fn sent(body: String) -> Request {
    let request = Request::builder().header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    request.body(Body::from(body)).expect("a request")
}

#[tokio::test]
async fn the_migrations_that_are_listed_are_those_that_the_folder_holds() {
    attune_ground::testing::listed_as_in(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"), &crate::MIGRATIONS).await;
}

#[test]
fn hr_may_give_tables_under_each_profile_whatever_is_on_record() {
    for profile in Profile::ALL {
        assert_eq!(crate::state::barred(Matrix::of(profile)), None, "{profile}");
    }
}
