//! The pages of what is one's own. The day and why a score is what it is are of the subject that has them.

mod access;
mod consent;
mod data;
mod devices;
mod erase;
mod preferences;

use attune_pages::words::Calendar;
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use super::Own;
use crate::{People, PeopleError};

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    Router::new()
        .route("/me/devices", get(devices::show).post(devices::add))
        .route("/me/devices/{device}", post(devices::rename))
        .route("/me/devices/{device}/revoke", post(devices::revoke))
        .route("/me/consent", get(consent::show).post(consent::withdraw))
        .route("/me/preferences", get(preferences::show).post(preferences::change))
        .route("/me/access", get(access::show))
        .route("/me/data", get(data::show))
        .route("/me/data/export", post(data::export))
        .route("/me/data/request", post(data::ask))
        .route("/me/erase", get(erase::show).post(erase::take))
        .route("/receipts/{id}", get(erase::receipt))
}

/// How instants read for whoever asks: in their own zone.
async fn times(people: &People, own: &Own) -> Result<Calendar, PeopleError> {
    people.calendar(Some(own.person)).await
}
