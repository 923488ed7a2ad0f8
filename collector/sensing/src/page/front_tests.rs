use attune_analysis::indicators::StateEstimate;
use attune_analysis::indicators::{CognitiveState, summarize};
use attune_protocol::ids::{PersonId, SessionId};
use jiff::tz::TimeZone;

use super::*;
use crate::testing::{Device, Fixture, heart_record};

fn shelf(fixture: &Fixture) -> Shelf {
    let (store, people) = (fixture.context.store.clone(), fixture.context.people.clone());
    Shelf::new(store, people)
}

fn asked(user_id: &str, day: &str) -> Asked {
    Asked { user_id: user_id.into(), day: day.into(), cursor: String::new() }
}

/// Half past nine on 31 January 2026.
const WINDOW: u32 = 176_985_180;

fn utc() -> Calendar {
    Calendar::new(TimeZone::UTC, attune_ground::time::now_millis())
}

#[tokio::test]
async fn the_page_shows_people_days_and_pictures_without_a_script_on_each_database() {
    for fixture in Fixture::each().await {
        let shelf = shelf(&fixture);
        let empty = front(&shelf, Profile::Research, &Asker::open(), (&Asked::default(), &utc()))
            .await
            .expect("made")
            .into_string();
        assert!(empty.contains("No session yet.") && empty.contains("Use the camera"), "{empty}");
        for (user, window) in [("alice", WINDOW), ("<b>bob & co", WINDOW + 8_640)] {
            let device = fixture.device(user).await;
            let record = heart_record(window, 60.0);
            fixture.take_in(vec![device.batch(vec![(Device::FIRST_SEQ, record)])]).await;
        }
        fixture.fuser().fuse_waiting().await.expect("fuses");
        let all = front(&shelf, Profile::Research, &Asker::open(), (&Asked::default(), &utc()))
            .await
            .expect("made")
            .into_string();
        assert!(all.contains("Sat 31 January 2026") && all.contains("Sun 1 February 2026"), "{all}");
        assert!(all.contains("09:30 to 09:30") && all.contains("alice, from devices, 10 s"), "{all}");
        assert!(all.contains("/?user_id=%3Cb%3Ebob%20%26%20co#sessions") && !all.contains("<b>bob"), "{all}");
        assert_eq!(all.matches("/graph.svg\"\n").count(), 2, "a picture of each: {all}");
        assert_eq!(all.matches("\" open>").count(), 1, "the latest is open");

        let hers = front(&shelf, Profile::Research, &Asker::open(), (&asked("alice", ""), &utc()))
            .await
            .expect("made")
            .into_string();
        assert!(hers.contains("Sat 31 January 2026") && !hers.contains("Sun 1 February"), "{hers}");
        let sunday = front(&shelf, Profile::Research, &Asker::open(), (&asked("", "2026-02-01"), &utc()))
            .await
            .expect("made")
            .into_string();
        assert!(sunday.contains("Sun 1 February 2026") && !sunday.contains("Sat 31"), "{sunday}");
        let nobody = front(&shelf, Profile::Research, &Asker::open(), (&asked("carol", ""), &utc()))
            .await
            .expect("made")
            .into_string();
        assert!(nobody.contains("No session of this person."), "{nobody}");
        let unclear = front(&shelf, Profile::Research, &Asker::open(), (&asked("", "yesterday"), &utc()))
            .await
            .expect("made")
            .into_string();
        assert!(unclear.contains("write it as 2026-01-31") && unclear.contains("role=\"alert\""), "{unclear}");
    }
}

#[tokio::test]
async fn under_a_profile_that_takes_no_raw_media_the_page_says_what_can_be_done_instead() {
    let fixture = Fixture::each().await.into_iter().next().expect("SQLite is there");
    let page = front(&shelf(&fixture), Profile::Eu, &Asker::open(), (&Asked::default(), &utc()))
        .await
        .expect("made")
        .into_string();
    assert!(page.contains("profile “eu”") && page.contains("attune-collector enrol --user NAME"), "{page}");
    assert!(!page.contains("<script") && !page.contains("Use the camera"), "nothing is asked for in vain: {page}");
}

#[test]
fn a_state_that_is_less_likely_than_the_others_together_is_not_named() {
    let row = SessionRow {
        session: SessionId::random(),
        person: PersonId::random(),
        kind: SessionKind::Live,
        started_at: 0,
        ended_at: 7_800_000,
        windows: 780,
        merged_into: None,
    };
    let state = |confidence| {
        let mut scores = summarize(&[]);
        scores.cognitive_state = Ok(StateEstimate { state: CognitiveState::Fatigued, confidence });
        Session::of(&row, None, &scores, (&[], &utc()), false)
    };
    assert_eq!(state(0.36).state, None);
    assert_eq!(state(0.62).state.as_deref(), Some("fatigued 62\u{a0}%"));
    let session = state(0.62);
    assert_eq!(session.length, "2 h 10 min");
    assert!(session.figures.iter().all(|figure| figure.value.is_none()), "what is missing stays missing");
    assert_eq!(session.lacks.len(), 3, "and says why");
}

#[tokio::test]
async fn days_are_those_of_the_zone_of_who_asks_also_where_the_clocks_are_changed_on_each_database() {
    for fixture in Fixture::each().await {
        let shelf = shelf(&fixture);
        let device = fixture.device("alice").await;
        // Half past midnight in Berlin, on the day on which clocks are put forward and on the next.
        let records = [(177474060, 0), (177482340, 1)]
            .map(|(window, place)| (Device::FIRST_SEQ + place, heart_record(window, 60.0)));
        fixture.take_in(vec![device.batch(records.into())]).await;
        fixture.fuser().fuse_waiting().await.expect("fuses");
        let berlin = Calendar::new(TimeZone::get("Europe/Berlin").expect("inside the program"), 0);
        for (times, day, shown, hidden) in
            [(&berlin, "2026-03-29", "00:30 to 00:30", "Mon 30"), (&utc(), "2026-03-29", "22:30 to 22:30", "Sat 28")]
        {
            let asked = asked("", day);
            let page = front(&shelf, Profile::Research, &Asker::open(), (&asked, times)).await.expect("made");
            let page = page.into_string();
            assert!(page.contains("Sun 29 March 2026") && !page.contains(hidden), "{page}");
            assert!(page.contains(shown) && page.contains(times.zone_name()), "{page}");
        }
    }
}
