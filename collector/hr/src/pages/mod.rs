//! What is seen of tables of HR in a browser: by HR the tables and the master table; by whoever they are about what they say of them.

mod datasets;
mod master;
mod own;
mod questions;
mod report;
mod undo;

use attune_pages::words::{HrWords, words};
use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;

use crate::rows::Table;
use crate::state::Hr;

/// The place of the header below which the pages are.
const PLACE: &str = "/hr";

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Hr: FromRef<S>,
{
    Router::new()
        .route("/hr", get(datasets::show).post(datasets::give))
        .route("/hr/datasets/{id}", get(report::show).post(report::decide))
        .route("/hr/datasets/{id}/undo", get(undo::show).post(undo::undo))
        .route("/hr/master", get(master::show))
        .route("/me/hr", get(own::show))
}

fn texts() -> &'static HrWords {
    &words().hr
}

/// What a table is called.
fn called(table: Table) -> &'static str {
    &texts().tables[table as usize]
}

/// Where an upload is seen.
fn place(id: &str) -> String {
    format!("{PLACE}/datasets/{id}")
}
