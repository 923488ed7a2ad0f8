//! What is seen of tables of HR in a browser: by HR the tables, the master table, figures of groups and who is unusual; by whoever they are
//! about what they say of them.

mod calendar;
mod datasets;
mod drawn;
mod figures;
mod flag;
mod focus;
mod group;
mod master;
mod objection;
mod own;
mod questions;
mod reasons;
mod report;
mod undo;

use attune_pages::words::{HrWords, words};
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

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
        .route("/hr/figures/{of}", get(figures::show))
        .route(focus::PATH, get(focus::show).post(focus::find))
        .route("/hr/focus/{id}", get(flag::show).post(flag::decide))
        .route("/me/hr", get(own::show))
        .route(calendar::PATH, get(calendar::show))
        .route("/me/hr/objection", post(objection::object))
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
