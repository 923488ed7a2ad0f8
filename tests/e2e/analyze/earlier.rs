//! User ids as earlier versions kept them: as they came, so that one person could be several.

use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::{api, media};
use serde_json::{Value, json};

use super::PATH;

#[test]
fn a_person_whose_user_id_an_earlier_version_kept_as_it_came_is_found_again_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    found_again(collector, &database);
}

#[test]
fn a_person_whose_user_id_an_earlier_version_kept_as_it_came_is_found_again_on_postgres() {
    let place = Place::new();
    let test = "user ids of an earlier version on Postgres";
    let Some((collector, database)) = Database::postgres(&place, test) else { return };
    found_again(collector, &database);
}

fn analyze(collector: &Collector, user: &str, session: &str) {
    let request = json!({"user_id": user, "session_id": session, "heart_data": media::heart(30)});
    let (status, answer) = api::post(collector.api(), PATH, &request);
    assert_eq!(status, 200, "{answer:#}");
}

fn found_again(mut collector: Collector, database: &Database) {
    for (user, session, unwanted) in [
        ("spaced", "one", "enable_audio_analysis"),
        ("decomposed", "two", "enable_audio_analysis"),
        ("composed", "three", "enable_face_analysis"),
    ] {
        analyze(&collector, user, session);
        let wanted = json!({"user_id": user, unwanted: false});
        assert_eq!(api::post(collector.api(), "/api/v1/preferences", &wanted).0, 200);
    }
    let people = ["spaced", "decomposed", "composed"].map(|user| (user, database.person_of(&collector, user)));
    collector.kill();
    for (user, kept) in [("spaced", " zoe "), ("decomposed", "Ame\u{301}lie"), ("composed", "Am\u{e9}lie")] {
        // As an earlier version had it: in clear, and as it came.
        let person = people.iter().find(|(name, _)| *name == user).map(|(_, person)| database.literal(person));
        let person = person.expect("one of them");
        let clear =
            format!("UPDATE accounts SET user_id = '{kept}', user_tag = NULL, sealed = NULL WHERE person = {person}");
        assert_eq!(database.run(&clear), 1);
    }
    collector.restart();
    for (asked, sessions, voice, face) in [("zoe", 1, false, true), ("Am%C3%A9lie", 2, false, false)] {
        let listed = api::ok(collector.api(), &format!("/api/v1/sessions?user_id={asked}"));
        assert_eq!(listed["sessions"].as_array().map(Vec::len), Some(sessions), "{listed:#}");
        let wanted = api::ok(collector.api(), &format!("/api/v1/preferences/{asked}"));
        let switches = [&wanted["enable_audio_analysis"], &wanted["enable_face_analysis"]].map(Value::as_bool);
        assert_eq!(switches, [Some(voice), Some(face)], "the stricter of each: {wanted:#}");
    }
    // Each goes on with its sessions, whichever way the user id is written.
    for (user, session) in [(" zoe ", "one"), ("Am\u{e9}lie", "two"), ("Ame\u{301}lie", "three")] {
        analyze(&collector, user, session);
    }
    assert_eq!(database.count("SELECT COUNT(*) FROM sessions"), 3);
    assert_eq!(api::ok(collector.api(), "/api/v1/sessions/two")["user_id"], json!("Am\u{e9}lie"));
}
