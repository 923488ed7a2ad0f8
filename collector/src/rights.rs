//! The one table of rights: for every route, who may ask for it and of whom. A route without a line is answered to nobody, and
//! the program does not start where one of the API is missing.
//!
//! As long as there are no accounts, the collector listens on loopback only and the table does not count.

use attune_people::rights::{Grant, Permit, Role, Row, Scope, Table, Who};

/// Whoever is sensed, of themselves.
const OWN: &[Grant] = &[Grant::role(Role::Employee, Scope::Own)];
/// Whoever is sensed, and machines that have recordings analysed.
const ANALYSE: &[Grant] = &[Grant::role(Role::Employee, Scope::Own), Grant::permit(Permit::Analyze)];
/// Who runs the collector.
const RUN: &[Grant] = &[Grant::role(Role::Admin, Scope::All)];
/// Who runs the collector, and machines that watch it.
const WATCH: &[Grant] = &[Grant::role(Role::Admin, Scope::All), Grant::permit(Permit::Metrics)];
/// Who watches over what is stored and who reads it.
const OVERSEE: &[Grant] = &[Grant::role(Role::PrivacyOfficer, Scope::All)];
/// Who leads teams.
const LEAD: &[Grant] = &[Grant::role(Role::Manager, Scope::OwnTeams)];

const fn row(method: &'static str, path: &'static str, who: Who) -> Row {
    Row { method, path, who }
}

const fn granted(method: &'static str, path: &'static str, grants: &'static [Grant]) -> Row {
    row(method, path, Who::Granted(grants))
}

const ROWS: &[Row] = &[
    // What this is, and how to ask.
    row("GET", "/", Who::Anyone),
    row("GET", "/api/v1", Who::Anyone),
    row("GET", "/api/v1/", Who::Anyone),
    row("GET", "/api/v1/openapi.json", Who::Anyone),
    row("GET", "/openapi.json", Who::Anyone),
    row("GET", "/docs", Who::Anyone),
    row("GET", "/docs/", Who::Anyone),
    row("GET", "/docs/{file}", Who::Anyone),
    row("GET", "/redoc", Who::Anyone),
    row("GET", "/redoc/", Who::Anyone),
    row("GET", "/assets/{name}", Who::Anyone),
    row("GET", "/health", Who::Anyone),
    row("GET", "/api/v1/health", Who::Anyone),
    row("GET", "/models", Who::Anyone),
    row("GET", "/api/v1/models", Who::Anyone),
    // Signing in.
    row("POST", "/api/v1/auth/token", Who::Anyone),
    row("POST", "/api/v1/auth/refresh", Who::Anyone),
    row("POST", "/api/v1/auth/revoke", Who::Anyone),
    row("GET", "/api/v1/auth/keys", Who::Anyone),
    row("GET", "/.well-known/jwks.json", Who::Anyone),
    row("GET", "/sign-in", Who::Anyone),
    row("POST", "/sign-in", Who::Anyone),
    row("GET", "/join/{link}", Who::Anyone),
    row("POST", "/join/{link}", Who::Anyone),
    row("GET", "/sign-in/code", Who::SigningIn),
    row("POST", "/sign-in/code", Who::SigningIn),
    row("GET", "/sign-in/second", Who::SigningIn),
    row("POST", "/sign-in/second", Who::SigningIn),
    row("POST", "/sign-out", Who::SigningIn),
    row("GET", "/account", Who::SignedIn),
    row("POST", "/account/role", Who::SignedIn),
    row("POST", "/account/password", Who::SignedIn),
    row("POST", "/account/browsers", Who::SignedIn),
    row("POST", "/account/programs", Who::SignedIn),
    row("POST", "/account/others", Who::SignedIn),
    row("GET", "/account/second", Who::SignedIn),
    row("POST", "/account/second", Who::SignedIn),
    row("POST", "/account/recovery", Who::SignedIn),
    row("GET", "/api/v1/auth/who", Who::SignedIn),
    row("POST", "/api/auth/login", Who::Anyone),
    row("POST", "/api/auth/login/", Who::Anyone),
    row("POST", "/api/auth/register", Who::Anyone),
    row("POST", "/api/auth/register/", Who::Anyone),
    row("POST", "/api/auth/token/refresh", Who::Anyone),
    row("POST", "/api/auth/token/refresh/", Who::Anyone),
    granted("GET", "/api/auth/dashboard/employee", OWN),
    granted("GET", "/api/auth/dashboard/employee/", OWN),
    granted("GET", "/api/auth/dashboard/manager", LEAD),
    granted("GET", "/api/auth/dashboard/manager/", LEAD),
    granted("GET", "/api/auth/dashboard/admin", RUN),
    granted("GET", "/api/auth/dashboard/admin/", RUN),
    // What is sensed: a person's own, and nobody else's.
    granted("POST", "/analyze", ANALYSE),
    granted("POST", "/api/v1/analyze", ANALYSE),
    granted("GET", "/sessions", OWN),
    granted("GET", "/session/{id}", OWN),
    granted("GET", "/api/v1/sessions", OWN),
    granted("GET", "/api/v1/sessions/{id}", OWN),
    granted("DELETE", "/api/v1/sessions/{id}", OWN),
    granted("GET", "/api/v1/sessions/{id}/windows", OWN),
    granted("GET", "/api/v1/sessions/{id}/graph.svg", OWN),
    granted("GET", "/api/v1/sessions/{id}/graph.png", OWN),
    granted("GET", "/preferences/{user_id}", OWN),
    granted("POST", "/preferences", OWN),
    granted("GET", "/api/v1/preferences/{user_id}", OWN),
    granted("POST", "/api/v1/preferences", OWN),
    // What is one's own.
    granted("GET", "/api/v1/me", OWN),
    granted("GET", "/api/v1/me/devices", OWN),
    granted("POST", "/api/v1/me/devices", OWN),
    granted("POST", "/api/v1/me/devices/{device}", OWN),
    granted("GET", "/api/v1/me/consents", OWN),
    granted("GET", "/api/v1/me/access", OWN),
    granted("GET", "/api/v1/me/export", OWN),
    granted("POST", "/api/v1/me/erase", OWN),
    granted("GET", "/api/v1/me/corrections", OWN),
    granted("POST", "/api/v1/me/corrections", OWN),
    granted("DELETE", "/api/v1/me/corrections/{id}", OWN),
    granted("GET", "/api/v1/me/requests", OWN),
    granted("POST", "/api/v1/me/requests", OWN),
    granted("GET", "/api/v1/me/day", OWN),
    // Whoever has its id: the account that asked for it is gone.
    row("GET", "/api/v1/receipts/{id}", Who::Anyone),
    row("GET", "/receipts/{id}", Who::Anyone),
    granted("GET", "/me", OWN),
    granted("GET", "/me/why/{id}", OWN),
    granted("POST", "/me/why/{id}", OWN),
    granted("GET", "/me/devices", OWN),
    granted("POST", "/me/devices", OWN),
    granted("POST", "/me/devices/{device}", OWN),
    granted("GET", "/me/consent", OWN),
    granted("GET", "/me/access", OWN),
    granted("GET", "/me/data", OWN),
    granted("POST", "/me/data/export", OWN),
    granted("POST", "/me/data/request", OWN),
    granted("GET", "/me/erase", OWN),
    granted("POST", "/me/erase", OWN),
    // What is kept of everybody: how much, and never what.
    granted("GET", "/records", OVERSEE),
    granted("GET", "/records/map", OVERSEE),
    granted("GET", "/records/requests", OVERSEE),
    granted("POST", "/records/requests/{id}", OVERSEE),
    granted("GET", "/ledger", OVERSEE),
    granted("GET", "/ledger/copy", OVERSEE),
    granted("GET", "/api/v1/records", OVERSEE),
    granted("GET", "/api/v1/records/requests", OVERSEE),
    granted("POST", "/api/v1/records/requests/{id}", OVERSEE),
    granted("GET", "/api/v1/ledgers", OVERSEE),
    // How it runs.
    granted("GET", "/stats", WATCH),
    granted("GET", "/api/v1/stats", WATCH),
    granted("GET", "/metrics", WATCH),
    granted("GET", "/api/v1/metrics", WATCH),
];

/// The table.
pub(crate) fn table() -> Table {
    Table::new(ROWS.iter().copied())
}
