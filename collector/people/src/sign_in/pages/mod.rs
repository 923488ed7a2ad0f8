//! The pages with which browsers sign in, and the page of one's own account.

mod account;
mod enter;
mod join;
mod outside;
mod passkeys;
mod second;
mod times;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::People;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    Router::new()
        .route("/sign-in", get(enter::show).post(enter::take))
        .route("/sign-in/oidc", get(outside::leave))
        .route("/sign-in/oidc/back", get(outside::come_back))
        .route("/sign-in/passkey", get(passkeys::show).post(passkeys::take))
        .route("/sign-in/code", get(enter::show_code).post(enter::take_code))
        .route("/sign-in/second", get(second::show).post(second::take))
        .route("/join/{link}", get(join::show).post(join::take))
        .route("/sign-out", post(enter::leave))
        .route("/account", get(account::show))
        .route("/account/role", post(account::put_on))
        .route("/account/password", post(account::change_password))
        .route("/account/passkeys", get(passkeys::own).post(passkeys::ask))
        .route("/account/passkeys/add", post(passkeys::add))
        .route("/account/passkeys/remove", post(passkeys::remove))
        .route("/account/browsers", post(account::end_browser))
        .route("/account/programs", post(account::end_program))
        .route("/account/others", post(account::end_others))
        .route("/account/second", get(second::show).post(second::take))
        .route("/account/recovery", post(account::new_recovery_codes))
}
