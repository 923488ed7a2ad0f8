//! The one table of rights: for every route, who may ask for it and of whom. A route without a line is answered to nobody, and
//! the program does not start where one of the API is missing.
//!
//! As long as there are no accounts, the collector listens on loopback only and the table does not count.

use attune_people::rights::{By, Grant, Permit, Role, Row, Scope, Table, Tells, Who};
use serde_json::{Value, json};

/// Whoever is sensed, of themselves.
const OWN: &[Grant] = &[Grant::role(Role::Employee, Scope::Own)];
/// Whoever is sensed, and machines that have recordings analysed.
const ANALYSE: &[Grant] = &[Grant::role(Role::Employee, Scope::Own), Grant::permit(Permit::Analyze)];
/// Who runs the collector.
const RUN: &[Grant] = &[Grant::role(Role::Admin, Scope::All)];
/// Who runs the collector, and machines that watch it.
const WATCH: &[Grant] = &[Grant::role(Role::Admin, Scope::All), Grant::permit(Permit::Metrics)];
/// Machines that hand in messages.
const PUSH: &[Grant] = &[Grant::permit(Permit::PushMessages)];
/// The personnel department.
const HR: &[Grant] = &[Grant::role(Role::Hr, Scope::All)];
/// Who runs the collector, and machines that hand in messages.
const CHANNELS: &[Grant] = &[Grant::role(Role::Admin, Scope::All), Grant::permit(Permit::PushMessages)];
/// Who watches over what is stored and who reads it.
const OVERSEE: &[Grant] = &[Grant::role(Role::PrivacyOfficer, Scope::All)];
/// The same, and who runs the collector: these look at what was unusual of how the former use data about people.
const WATCH_USE: &[Grant] = &[Grant::role(Role::PrivacyOfficer, Scope::All), Grant::role(Role::Admin, Scope::All)];
/// Who leads teams.
const LEAD: &[Grant] = &[Grant::role(Role::Manager, Scope::OwnTeams)];

/// Whoever answers for teams, and machines that read their figures: who leads some, of those.
const TEAMS: &[Grant] =
    &[Grant::role(Role::Hr, Scope::All), Grant::role(Role::Manager, Scope::OwnTeams), Grant::permit(Permit::ReadTeams)];
/// The same in a browser.
const SEE_TEAMS: &[Grant] = &[Grant::role(Role::Hr, Scope::All), Grant::role(Role::Manager, Scope::OwnTeams)];
/// The same, for what they keep for themselves.
const OWN_VIEWS: &[Grant] = &[Grant::role(Role::Hr, Scope::Own), Grant::role(Role::Manager, Scope::Own)];

/// Whoever is sensed, for alerts about themselves; who answers for teams, for those about them. Each may support somebody who chose them.
const ALERTED: &[Grant] = &[
    Grant::role(Role::Employee, Scope::Own),
    Grant::role(Role::Manager, Scope::OwnTeams),
    Grant::role(Role::Hr, Scope::All),
];
/// The same, and machines that read figures of teams, which see alerts about those.
const READ_ALERTS: &[Grant] = &[
    Grant::role(Role::Employee, Scope::Own),
    Grant::role(Role::Manager, Scope::OwnTeams),
    Grant::role(Role::Hr, Scope::All),
    Grant::permit(Permit::ReadTeams),
];

const fn row(method: &'static str, path: &'static str, who: Who) -> Row {
    Row { method, path, who, tells: Tells::Nobody }
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
    row("GET", "/sign-in/forgotten", Who::Anyone),
    row("POST", "/sign-in/forgotten", Who::Anyone),
    row("GET", "/sign-in/oidc", Who::Anyone),
    row("GET", "/sign-in/oidc/back", Who::Anyone),
    row("GET", "/sign-in/passkey", Who::Anyone),
    row("POST", "/sign-in/passkey", Who::Anyone),
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
    row("GET", "/account/passkeys", Who::SignedIn),
    row("POST", "/account/passkeys", Who::SignedIn),
    row("POST", "/account/passkeys/add", Who::SignedIn),
    row("POST", "/account/passkeys/remove", Who::SignedIn),
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
    granted("POST", "/api/v1/me/consents", OWN),
    granted("GET", "/api/v1/me/preferences", OWN),
    granted("GET", "/api/v1/me/access", OWN),
    granted("GET", "/api/v1/me/export", OWN),
    granted("POST", "/api/v1/me/erase", OWN),
    granted("GET", "/api/v1/me/corrections", OWN),
    granted("POST", "/api/v1/me/corrections", OWN),
    granted("DELETE", "/api/v1/me/corrections/{id}", OWN),
    granted("GET", "/api/v1/me/requests", OWN),
    granted("POST", "/api/v1/me/requests", OWN),
    granted("GET", "/api/v1/me/day", OWN),
    granted("GET", "/api/v1/me/wellbeing", OWN),
    granted("GET", "/api/analytics/user-wellbeing", OWN),
    granted("GET", "/api/analytics/user-wellbeing/", OWN),
    // Whoever has its id: the account that asked for it is gone.
    row("GET", "/api/v1/receipts/{id}", Who::Anyone),
    row("GET", "/receipts/{id}", Who::Anyone),
    granted("GET", "/me", OWN),
    granted("GET", "/me/trends", OWN),
    granted("GET", "/me/why/{id}", OWN),
    granted("POST", "/me/why/{id}", OWN),
    granted("GET", "/me/devices", OWN),
    granted("POST", "/me/devices", OWN),
    granted("POST", "/me/devices/{device}", OWN),
    granted("POST", "/me/devices/{device}/revoke", OWN),
    granted("DELETE", "/api/v1/me/devices/{device}", OWN),
    granted("GET", "/me/consent", OWN),
    granted("POST", "/me/consent", OWN),
    granted("GET", "/me/preferences", OWN),
    granted("POST", "/me/preferences", OWN),
    granted("GET", "/me/access", OWN),
    granted("GET", "/me/data", OWN),
    granted("POST", "/me/data/export", OWN),
    granted("POST", "/me/data/request", OWN),
    granted("GET", "/me/erase", OWN),
    granted("POST", "/me/erase", OWN),
    // Teams, of which no figure tells of anybody.
    granted("GET", "/teams", SEE_TEAMS),
    granted("GET", "/teams/measures", SEE_TEAMS),
    granted("GET", "/teams/{id}", SEE_TEAMS),
    granted("GET", "/teams/views", OWN_VIEWS),
    granted("POST", "/teams/views", OWN_VIEWS),
    granted("POST", "/teams/views/remove", OWN_VIEWS),
    granted("GET", "/api/v1/teams", TEAMS),
    granted("GET", "/api/v1/teams/measures", TEAMS),
    granted("GET", "/api/v1/teams/figures", TEAMS),
    granted("GET", "/api/v1/teams/figures.csv", TEAMS).tells(Tells::File),
    granted("GET", "/api/v1/teams/figures.parquet", TEAMS).tells(Tells::File),
    granted("GET", "/api/v1/teams/{id}/figures", TEAMS),
    granted("GET", "/api/v1/teams/{id}/figures.csv", TEAMS).tells(Tells::File),
    granted("GET", "/api/v1/teams/{id}/figures.parquet", TEAMS).tells(Tells::File),
    granted("GET", "/api/v1/teams/views", OWN_VIEWS),
    granted("POST", "/api/v1/teams/views", OWN_VIEWS),
    granted("DELETE", "/api/v1/teams/views/{id}", OWN_VIEWS),
    granted("GET", "/api/analytics/team", TEAMS),
    granted("GET", "/api/analytics/team/", TEAMS),
    granted("GET", "/api/analytics/team-dashboard", TEAMS),
    granted("GET", "/api/analytics/team-dashboard/", TEAMS),
    granted("GET", "/api/analytics/team-wellbeing", TEAMS),
    granted("GET", "/api/analytics/team-wellbeing/", TEAMS),
    granted("GET", "/api/analytics/channel-comparison", TEAMS),
    granted("GET", "/api/analytics/channel-comparison/", TEAMS),
    granted("GET", "/api/analytics/trends", TEAMS),
    granted("GET", "/api/analytics/trends/", TEAMS),
    // Alerts: about whoever looks, about teams for which they answer, and that there is one about who chose them, which is on record.
    granted("GET", "/alerts", ALERTED).tells(Tells::One),
    granted("GET", "/alerts/history", ALERTED),
    granted("GET", "/alerts/settings", ALERTED).tells(Tells::One),
    granted("POST", "/alerts/settings", ALERTED).tells(Tells::One),
    granted("POST", "/alerts/supporters", OWN).tells(Tells::One),
    granted("POST", "/alerts/supporters/{id}/remove", OWN),
    granted("POST", "/alerts/supporters/{id}/danger", OWN),
    granted("POST", "/alerts/supported/{id}/danger", ALERTED),
    granted("POST", "/alerts/supported/{id}/reached", ALERTED),
    granted("POST", "/alerts/supported/{id}/yes", ALERTED),
    granted("POST", "/alerts/supported/{id}/no", ALERTED),
    granted("GET", "/alerts/{id}", ALERTED),
    granted("POST", "/alerts/{id}/acknowledge", ALERTED),
    granted("POST", "/alerts/{id}/notes", ALERTED),
    granted("GET", "/api/v1/alerts", READ_ALERTS),
    granted("GET", "/api/v1/alerts/events", ALERTED),
    granted("GET", "/api/v1/alerts/{id}", READ_ALERTS),
    granted("POST", "/api/v1/alerts/{id}/acknowledge", ALERTED),
    granted("POST", "/api/v1/alerts/{id}/notes", ALERTED),
    granted("GET", "/api/analytics/alerts", TEAMS),
    granted("GET", "/api/analytics/alerts/", TEAMS),
    // Messages: handed in by machines, which read nothing of them; seen by whoever wrote them, and by nobody else.
    // Who sends shows by a signature which program it is.
    row("POST", "/api/v1/receivers/{name}", Who::Anyone),
    granted("GET", "/api/v1/channels", CHANNELS),
    granted("POST", "/api/v1/channels", CHANNELS),
    granted("PATCH", "/api/v1/channels/{id}", CHANNELS),
    granted("PUT", "/api/v1/channels/writers", RUN),
    granted("POST", "/api/v1/messages", PUSH),
    granted("GET", "/api/v1/messages/{id}", PUSH),
    granted("GET", "/api/v1/me/messages", OWN),
    granted("PUT", "/api/v1/me/messages/consent", OWN),
    granted("GET", "/me/messages", OWN),
    granted("POST", "/me/messages", OWN),
    granted("POST", "/me/messages/names/remove", OWN),
    granted("GET", "/admin/writers", RUN).tells(Tells::One),
    granted("POST", "/admin/writers", RUN),
    granted("POST", "/admin/writers/remove", RUN),
    granted("GET", "/admin/channels", RUN),
    granted("POST", "/admin/channels", RUN),
    granted("POST", "/admin/channels/{id}", RUN),
    granted("GET", "/api/channels", CHANNELS),
    granted("GET", "/api/channels/", CHANNELS),
    granted("POST", "/api/channels", CHANNELS),
    granted("POST", "/api/channels/", CHANNELS),
    granted("POST", "/api/messages", PUSH),
    granted("POST", "/api/messages/", PUSH),
    // Tables of HR: given and read by HR, in clients of other systems too; seen by whom they are about, and by nobody else.
    granted("GET", "/hr", HR),
    granted("POST", "/hr", HR),
    granted("GET", "/hr/datasets/{id}", HR),
    granted("POST", "/hr/datasets/{id}", HR),
    granted("GET", "/hr/datasets/{id}/undo", HR),
    granted("POST", "/hr/datasets/{id}/undo", HR),
    granted("GET", "/hr/master", HR).tells(Tells::Everybody),
    granted("GET", "/api/v1/hr/datasets", HR),
    granted("POST", "/api/v1/hr/datasets", HR),
    granted("GET", "/api/v1/hr/datasets/{id}", HR),
    granted("DELETE", "/api/v1/hr/datasets/{id}", HR),
    granted("POST", "/api/v1/hr/datasets/{id}/confirm", HR),
    granted("GET", "/api/v1/hr/master", HR).tells(Tells::Everybody),
    granted("GET", "/api/v1/hr/master.csv", HR).tells(Tells::Everybody),
    granted("GET", "/api/v1/hr/master.parquet", HR).tells(Tells::Everybody),
    // Figures of groups in them, none of which is of few people: they tell of nobody.
    granted("GET", "/hr/figures/{of}", HR),
    granted("GET", "/api/v1/hr/figures/mood", HR),
    granted("GET", "/api/v1/hr/figures/mood.csv", HR).tells(Tells::File),
    granted("GET", "/api/v1/hr/figures/hours", HR),
    granted("GET", "/api/v1/hr/figures/hours.csv", HR).tells(Tells::File),
    granted("GET", "/api/v1/hr/figures/performance", HR),
    granted("GET", "/api/v1/hr/figures/performance.csv", HR).tells(Tells::File),
    granted("GET", "/api/v1/hr/figures/leave", HR),
    granted("GET", "/api/v1/hr/figures/leave.csv", HR).tells(Tells::File),
    granted("GET", "/api/v1/hr/figures/onboarding", HR),
    granted("GET", "/api/v1/hr/figures/onboarding.csv", HR).tells(Tells::File),
    // Who is unusual in them: of one the handler makes the entry.
    granted("GET", "/hr/focus", HR).tells(Tells::Everybody),
    granted("POST", "/hr/focus", HR),
    granted("GET", "/hr/focus/{id}", HR).tells(Tells::One),
    granted("POST", "/hr/focus/{id}", HR).tells(Tells::One),
    granted("GET", "/api/v1/hr/flags", HR).tells(Tells::Everybody),
    granted("POST", "/api/v1/hr/flags", HR),
    granted("GET", "/api/v1/hr/flags/preview", HR).tells(Tells::Everybody),
    granted("GET", "/api/v1/hr/flags/{id}", HR).tells(Tells::One),
    granted("PUT", "/api/v1/hr/flags/{id}", HR),
    // Reports: those that are kept, and those that are made, which the handler notes with their hash.
    granted("GET", "/hr/reports", HR).tells(Tells::Everybody),
    granted("POST", "/hr/reports", HR).tells(Tells::One),
    granted("GET", "/api/v1/reports", HR).tells(Tells::Everybody),
    granted("GET", "/api/v1/reports/day", HR).tells(Tells::One),
    granted("GET", "/api/v1/reports/person/{id}", HR).tells(Tells::One),
    granted("GET", "/api/v1/reports/downloads/{id}", HR).tells(Tells::One),
    granted("GET", "/api/v1/teams/{id}/report", TEAMS).tells(Tells::One),
    granted("POST", "/api/detect-anomalies", HR).tells(Tells::Everybody),
    granted("POST", "/api/detect-anomalies/", HR).tells(Tells::Everybody),
    granted("POST", "/api/process-hr-metrics", HR),
    granted("POST", "/api/process-hr-metrics/", HR),
    granted("POST", "/api/merge-hr-files", HR),
    granted("POST", "/api/merge-hr-files/", HR),
    granted("POST", "/api/run-merge", HR),
    granted("POST", "/api/run-merge/", HR),
    granted("POST", "/run-merge", HR),
    granted("POST", "/run-merge/", HR),
    granted("GET", "/me/hr", OWN),
    granted("GET", "/api/v1/me/hr", OWN),
    granted("GET", "/me/hr/calendar", OWN),
    granted("GET", "/api/v1/me/hr/calendar", OWN),
    granted("GET", "/api/v1/me/hr/history", OWN),
    granted("POST", "/me/hr/objection", OWN),
    granted("POST", "/api/v1/me/hr/objection", OWN),
    // Reminders, which are their person's alone, and letters between a person and HR; of one thread the handler makes the entry.
    granted("GET", "/notifications", ALERTED),
    granted("GET", "/me/reminders", OWN),
    granted("POST", "/me/reminders", OWN),
    granted("POST", "/me/reminders/reply", OWN),
    granted("GET", "/me/letters", OWN),
    granted("POST", "/me/letters", OWN),
    granted("GET", "/me/letters/{id}", OWN),
    granted("POST", "/me/letters/{id}", OWN),
    granted("GET", "/api/v1/me/notifications", OWN),
    granted("GET", "/api/v1/me/reminders", OWN),
    granted("PUT", "/api/v1/me/reminders/{kind}", OWN),
    granted("DELETE", "/api/v1/me/reminders/{kind}", OWN),
    granted("POST", "/api/v1/me/reminders/{kind}/answer", OWN),
    granted("GET", "/api/v1/me/letters", OWN),
    granted("POST", "/api/v1/me/letters", OWN),
    granted("GET", "/api/v1/me/letters/{id}", OWN),
    granted("POST", "/api/v1/me/letters/{id}", OWN),
    granted("GET", "/hr/letters", HR).tells(Tells::Everybody),
    granted("POST", "/hr/letters", HR).tells(Tells::One),
    granted("GET", "/hr/letters/{id}", HR).tells(Tells::One),
    granted("POST", "/hr/letters/{id}", HR).tells(Tells::One),
    granted("GET", "/api/v1/hr/threads", HR).tells(Tells::Everybody),
    granted("POST", "/api/v1/hr/threads", HR),
    granted("GET", "/api/v1/hr/threads/{id}", HR).tells(Tells::One),
    granted("POST", "/api/v1/hr/threads/{id}", HR),
    // What is kept of everybody: how much, and never what.
    granted("GET", "/records", OVERSEE).tells(Tells::Everybody),
    granted("GET", "/records/map", OVERSEE),
    granted("GET", "/records/requests", OVERSEE).tells(Tells::Everybody),
    granted("POST", "/records/requests/{id}", OVERSEE).tells(Tells::Everybody),
    // How others use it: of their own nobody is told.
    granted("GET", "/records/use", WATCH_USE).tells(Tells::Everybody),
    granted("GET", "/records/use/{id}", WATCH_USE).tells(Tells::Everybody),
    granted("POST", "/records/use/{id}", WATCH_USE).tells(Tells::Everybody),
    granted("GET", "/api/v1/records/use", WATCH_USE).tells(Tells::Everybody),
    granted("GET", "/api/v1/records/use/{id}", WATCH_USE).tells(Tells::Everybody),
    granted("POST", "/api/v1/records/use/{id}/acknowledge", WATCH_USE),
    granted("GET", "/ledger", OVERSEE).tells(Tells::Everybody),
    granted("POST", "/ledger/copy", OVERSEE).tells(Tells::Everybody),
    granted("GET", "/api/v1/records", OVERSEE).tells(Tells::Everybody),
    granted("GET", "/api/v1/records/requests", OVERSEE).tells(Tells::Everybody),
    granted("POST", "/api/v1/records/requests/{id}", OVERSEE).tells(Tells::Everybody),
    granted("GET", "/api/v1/ledgers", OVERSEE).tells(Tells::Everybody),
    // How it runs.
    granted("GET", "/stats", WATCH),
    granted("GET", "/api/v1/stats", WATCH),
    granted("GET", "/metrics", WATCH),
    granted("GET", "/api/v1/metrics", WATCH),
    // Running it, in a browser and by programs: nothing about how anybody feels.
    granted("GET", "/admin", RUN),
    granted("GET", "/admin/told", RUN),
    granted("GET", "/admin/accounts", RUN).tells(Tells::Everybody),
    granted("POST", "/admin/accounts", RUN),
    granted("GET", "/admin/accounts/new", RUN),
    granted("GET", "/admin/accounts/{id}", RUN).tells(Tells::One),
    granted("POST", "/admin/accounts/{id}/roles", RUN).tells(Tells::One),
    granted("POST", "/admin/accounts/{id}/mail", RUN).tells(Tells::One),
    granted("POST", "/admin/accounts/{id}/link", RUN),
    granted("POST", "/admin/accounts/{id}/second", RUN),
    granted("POST", "/admin/accounts/{id}/disable", RUN).tells(Tells::One),
    granted("POST", "/admin/accounts/{id}/enable", RUN).tells(Tells::One),
    granted("GET", "/admin/people", RUN).tells(Tells::Everybody),
    granted("GET", "/admin/people/{id}", RUN).tells(Tells::One),
    granted("POST", "/admin/codes", RUN).tells(Tells::One),
    granted("POST", "/admin/devices/{id}/revoke", RUN),
    granted("GET", "/admin/teams", RUN).tells(Tells::Everybody),
    granted("POST", "/admin/teams", RUN).tells(Tells::One),
    granted("GET", "/admin/teams/{id}", RUN).tells(Tells::Everybody),
    granted("POST", "/admin/teams/{id}/name", RUN).tells(Tells::One),
    granted("POST", "/admin/teams/{id}/members", RUN).tells(Tells::One),
    granted("POST", "/admin/teams/{id}/managers", RUN).tells(Tells::One),
    granted("POST", "/admin/teams/{id}/end", RUN).tells(Tells::One),
    granted("GET", "/admin/teams/{id}/close", RUN).tells(Tells::Everybody),
    granted("POST", "/admin/teams/{id}/close", RUN),
    granted("GET", "/admin/import", RUN),
    granted("POST", "/admin/import", RUN),
    granted("POST", "/admin/import/confirm", RUN),
    granted("GET", "/admin/services", RUN),
    granted("POST", "/admin/services", RUN),
    granted("POST", "/admin/services/{id}/revoke", RUN),
    granted("GET", "/admin/settings", RUN),
    granted("GET", "/api/v1/admin/overview", RUN),
    granted("GET", "/api/v1/admin/settings", RUN),
    granted("GET", "/api/v1/admin/accounts", RUN).tells(Tells::Everybody),
    granted("POST", "/api/v1/admin/accounts", RUN),
    granted("GET", "/api/v1/admin/accounts/{id}", RUN).tells(Tells::One),
    granted("PATCH", "/api/v1/admin/accounts/{id}", RUN).tells(Tells::One),
    granted("POST", "/api/v1/admin/accounts/{id}/link", RUN),
    granted("GET", "/api/v1/admin/people", RUN).tells(Tells::Everybody),
    granted("GET", "/api/v1/admin/people/{id}", RUN).tells(Tells::One),
    granted("POST", "/api/v1/admin/codes", RUN),
    granted("POST", "/api/v1/admin/devices/{id}/revoke", RUN),
    granted("GET", "/api/v1/admin/teams", RUN).tells(Tells::Everybody),
    granted("POST", "/api/v1/admin/teams", RUN),
    granted("GET", "/api/v1/admin/teams/{id}", RUN).tells(Tells::Everybody),
    granted("PATCH", "/api/v1/admin/teams/{id}", RUN).tells(Tells::Everybody),
    granted("POST", "/api/v1/admin/teams/{id}/close", RUN),
    granted("POST", "/api/v1/admin/teams/{id}/members", RUN).tells(Tells::Everybody),
    granted("POST", "/api/v1/admin/teams/{id}/managers", RUN).tells(Tells::Everybody),
    granted("PATCH", "/api/v1/admin/teams/{id}/places/{place}", RUN).tells(Tells::Everybody),
    granted("DELETE", "/api/v1/admin/teams/{id}/places/{place}", RUN),
    granted("GET", "/api/v1/admin/services", RUN),
    granted("POST", "/api/v1/admin/services", RUN),
    granted("POST", "/api/v1/admin/services/{id}/revoke", RUN),
    granted("POST", "/api/v1/admin/import", RUN),
];

/// The table.
pub(crate) fn table() -> Table {
    Table::new(ROWS.iter().copied())
}

/// Writes into the OpenAPI document how one signs in, and for each operation who may ask for it and of whom.
pub(crate) fn describe(document: &mut Value) {
    document["components"]["securitySchemes"] = json!({
        "token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "an access token of a person (POST /api/v1/auth/token), or the token of a machine",
        },
        "browser": {
            "type": "apiKey", "in": "cookie", "name": "__Host-attune",
            "description": "the session of a browser (/sign-in), named `attune` where there is no TLS; what changes something sends \
                            the token of its page as `x-csrf-token`, too",
        },
    });
    let table = table();
    for (path, operations) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            let Some(Row { who, .. }) = table.of(&method.to_uppercase(), path) else { continue };
            operation["security"] =
                if who == Who::Anyone { json!([]) } else { json!([{"token": []}, {"browser": []}]) };
            operation["x-who"] = who_may(who);
        }
    }
}

/// Who may, and of whom.
fn who_may(who: Who) -> Value {
    let granted = |Grant { by, scope }: &Grant| {
        let (kind, name) = match by {
            By::Role(role) => ("role", role.name()),
            By::Permit(permit) => ("permit", permit.name()),
        };
        json!({kind: name, "of": scope.words()})
    };
    match who {
        Who::Anyone => json!("anybody"),
        Who::SigningIn => json!("who has begun to sign in"),
        Who::SignedIn => json!("whoever is signed in"),
        Who::Granted(grants) => grants.iter().map(granted).collect(),
    }
}

#[cfg(test)]
mod tests;
