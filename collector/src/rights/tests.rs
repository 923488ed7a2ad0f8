use super::*;

#[test]
fn the_document_says_for_every_operation_who_may_ask_for_it() {
    let document: Value = serde_json::from_str(&crate::api::openapi()).expect("JSON");
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            assert!(operation["security"].is_array() && !operation["x-who"].is_null(), "{method} {path}");
        }
    }
    let sessions = &document["paths"]["/api/v1/sessions"]["get"];
    assert_eq!(sessions["x-who"], json!([{"role": "employee", "of": "their own"}]));
    assert_eq!(document["paths"]["/api/v1/health"]["get"]["security"], json!([]));
}

/// What is read there by who may ask of others, and is about nobody.
const ABOUT_NOBODY: [&str; 57] = [
    "/alerts/history",
    "/alerts/{id}",
    "/admin",
    "/admin/told",
    "/admin/accounts/new",
    "/admin/channels",
    "/admin/import",
    "/admin/services",
    "/admin/settings",
    "/api/analytics/alerts",
    "/api/analytics/alerts/",
    "/api/analytics/channel-comparison",
    "/api/analytics/channel-comparison/",
    "/api/analytics/team",
    "/api/analytics/team/",
    "/api/analytics/team-dashboard",
    "/api/analytics/team-dashboard/",
    "/api/analytics/team-wellbeing",
    "/api/analytics/team-wellbeing/",
    "/api/analytics/trends",
    "/api/analytics/trends/",
    "/api/auth/dashboard/admin",
    "/api/auth/dashboard/admin/",
    "/api/channels",
    "/api/channels/",
    "/api/v1/admin/overview",
    "/api/v1/admin/services",
    "/api/v1/admin/settings",
    "/api/v1/alerts",
    "/api/v1/alerts/events",
    "/api/v1/alerts/{id}",
    "/api/v1/channels",
    "/api/v1/hr/datasets",
    "/api/v1/hr/datasets/{id}",
    "/api/v1/hr/figures/mood",
    "/api/v1/hr/figures/hours",
    "/api/v1/hr/figures/performance",
    "/api/v1/hr/figures/leave",
    "/api/v1/hr/figures/onboarding",
    "/api/v1/messages/{id}",
    "/api/v1/metrics",
    "/api/v1/stats",
    "/api/v1/teams",
    "/api/v1/teams/figures",
    "/api/v1/teams/measures",
    "/api/v1/teams/{id}/figures",
    "/hr",
    "/hr/datasets/{id}",
    "/hr/datasets/{id}/undo",
    "/hr/figures/{of}",
    "/metrics",
    "/notifications",
    "/records/map",
    "/stats",
    "/teams",
    "/teams/measures",
    "/teams/{id}",
];

#[test]
fn what_tells_of_others_is_in_the_log_of_access() {
    for row in table().rows().filter(|row| row.method == "GET" && row.tells == Tells::Nobody) {
        let Who::Granted(grants) = row.who else { continue };
        let of_others = grants.iter().any(|grant| grant.scope == Scope::All);
        assert_eq!(of_others, ABOUT_NOBODY.contains(&row.path), "{}", row.path);
    }
}

/// What is answered there to who changes something is about nobody whom they did not name themselves, and the deed is noted.
const DEEDS_ANSWERED: [&str; 10] = [
    "/api/v1/admin/accounts",
    "/api/v1/admin/accounts/{id}/link",
    "/api/v1/admin/codes",
    "/api/v1/admin/import",
    "/api/v1/admin/services",
    "/api/v1/admin/teams",
    "/api/v1/channels",
    "/api/v1/hr/datasets",
    "/api/v1/hr/datasets/{id}/confirm",
    "/api/v1/hr/threads",
];

#[test]
fn what_a_change_tells_of_others_is_in_the_log_of_access() {
    let document: Value = serde_json::from_str(&crate::api::openapi()).expect("JSON");
    for row in table().rows().filter(|row| row.method != "GET" && row.tells == Tells::Nobody) {
        let Who::Granted(grants) = row.who else { continue };
        let of_others = grants.iter().any(|grant| matches!(grant.by, By::Role(_)) && grant.scope == Scope::All);
        let operation = &document["paths"][row.path][row.method.to_lowercase()]["responses"];
        let tells = ["200", "201"].iter().any(|status| operation[status]["content"].is_object());
        assert_eq!(of_others && tells, DEEDS_ANSWERED.contains(&row.path), "{} {}", row.method, row.path);
    }
}

#[test]
fn every_file_that_is_taken_of_others_is_in_the_log_of_access_and_is_told_there_to_be_one() {
    let document: Value = serde_json::from_str(&crate::api::openapi()).expect("JSON");
    let mut files = 0;
    for row in table().rows().filter(|row| row.method == "GET") {
        let Who::Granted(grants) = row.who else { continue };
        let answer = &document["paths"][row.path]["get"]["responses"]["200"]["content"];
        let mut kinds = answer.as_object().into_iter().flatten().map(|(kind, _)| kind.as_str());
        let is_file = kinds.any(|kind| kind == "text/csv" || kind.starts_with("application/vnd."));
        if is_file && grants.iter().any(|grant| grant.scope != Scope::Own) {
            files += 1;
            assert!(matches!(row.tells, Tells::File | Tells::Everybody), "{}", row.path);
            assert!(attune_people::unusual_use::is_export(&format!("GET {}", row.path)), "{}", row.path);
        }
    }
    assert!(files >= 6, "{files}");
    // As much is taken by a program that reads the rows.
    for (method, path) in [
        ("GET", "/api/v1/hr/master"),
        ("GET", "/api/v1/hr/flags"),
        ("POST", "/api/detect-anomalies"),
        ("POST", "/api/detect-anomalies/"),
    ] {
        let row = table().of(method, path).expect("a line of the table");
        assert_eq!(row.tells, Tells::Everybody, "{path}");
        assert!(attune_people::unusual_use::is_export(&format!("{method} {path}")), "{path}");
    }
}

/// Lists of everybody that programs get: of who is there, who wrote, who released a report, who would be flagged, and what is on record of use
/// and requests. None has what the tables say of each.
const LISTS: [&str; 13] = [
    "/api/v1/admin/accounts",
    "/api/v1/admin/people",
    "/api/v1/admin/teams",
    "/api/v1/admin/teams/{id}",
    "/api/v1/hr/flags/preview",
    "/api/v1/hr/talks",
    "/api/v1/hr/threads",
    "/api/v1/ledgers",
    "/api/v1/records",
    "/api/v1/records/requests",
    "/api/v1/records/use",
    "/api/v1/records/use/{id}",
    "/api/v1/reports",
];

#[test]
fn whatever_gives_a_program_rows_of_everybody_is_told_in_the_log_to_be_a_file_that_is_taken() {
    let of_everybody = |row: &Row| row.tells == Tells::Everybody && row.path.starts_with("/api/");
    for row in table().rows().filter(|row| row.method == "GET").filter(of_everybody) {
        let is_file = attune_people::unusual_use::is_export(&format!("GET {}", row.path));
        assert_ne!(is_file, LISTS.contains(&row.path), "{}", row.path);
    }
}

#[test]
fn nobody_but_a_person_asks_for_what_was_sensed_of_them() {
    for row in table().rows() {
        let of_a_person =
            ["session", "sessions", "preferences", "me"].iter().any(|part| row.path.split('/').any(|own| own == *part));
        if let (true, Who::Granted(grants)) = (of_a_person, row.who) {
            let own = |grant: &Grant| grant.by == By::Role(Role::Employee) && grant.scope == Scope::Own;
            assert!(grants.iter().all(own), "{} {}", row.method, row.path);
        }
    }
}
