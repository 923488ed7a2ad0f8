use attune_ground::http::Problem;
use attune_ground::retention::Age;
use attune_ground::time::now_millis;
use attune_people::access::{self, By, Of};
use attune_people::teams::{self as places, Period, Whom};
use attune_protocol::policy::Profile;

use super::trial::Line;
use super::*;
use crate::tests::{Here, state_under};
use crate::uploads::Standing as Kept;
use crate::{aging, holdings};

const DAY: i64 = 24 * 3_600_000;
/// One in forty.
const WISH: Wish = Wish { share: 0.025, seed: 42 };

/// Forty employees, no two alike, one of whom works long and writes much.
fn crowd(outlier: usize) -> String {
    let row = |of: usize, day: usize| {
        let [some, more, less] = [(of * 37 + day * 11 + of * of * day) % 23, (of * 53 + of * of) % 19, (of + day) % 3];
        let tenths = (of * 29 + day * 5 + of * day) % 10;
        let (messages, mails, meetings, hours) = match of == outlier {
            true => (400 + some, 300 + more, 20, 15),
            false => (20 + some, 10 + more, 1 + less, 6),
        };
        format!("E{of},2026-03-{day:02},{messages},{mails},{meetings},{hours}.{tenths}\n")
    };
    let rows = (0..40).flat_map(|of| (1..=5).map(move |day| row(of, day)));
    "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours\n".to_owned()
        + &rows.collect::<String>()
}

/// A collector with a crowd, looked through.
async fn looked(outlier: usize) -> Vec<Here> {
    let all = Here::each_under(Profile::Research).await;
    for here in &all {
        assert_eq!(here.take(&crowd(outlier)).await.standing, Kept::Taken);
        find_now(&here.state, None, &WISH).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    }
    all
}

async fn names(here: &Here) -> Vec<String> {
    let flags = super::all(&here.state).await.expect("reads");
    flags.all.into_iter().map(|(employee, _)| employee.0).collect()
}

async fn flag(here: &Here, name: &str) -> Flag {
    let person = here.know(name).await;
    let flag = of_person(&here.database.store, &here.database.people, person).await.expect("reads");
    flag.unwrap_or_else(|| panic!("{name} is not flagged"))
}

fn decision(reason: &str, answer: Option<&str>) -> Decision {
    let (owner, due) = (Some("hanna".to_owned()), Some("2026-04-14".to_owned()));
    let answer = answer.map(str::to_owned);
    Decision { status: Status::LookedAt, reason: reason.to_owned(), owner, notes: None, due, answer }
}

async fn decided(here: &Here, name: &str, decision: &Decision) -> Result<(), Problem> {
    let person = here.know(name).await;
    decide(&here.state, person, decision, (Some(&By::COMMAND), None)).await
}

#[tokio::test]
async fn without_papers_nobody_is_looked_for_under_eu_and_uk_and_what_was_asked_for_before_is_not_made_on_each_database()
 {
    for (profile, rule) in [(Profile::Eu, "EU-GDPR-22-35-88"), (Profile::Uk, "UK-")] {
        for here in Here::each_under(Profile::Research).await {
            here.take(&crowd(3)).await;
            let strict = state_under(&here.database, profile);
            let refused = find_now(&strict, None, &WISH).await.expect_err("it is forbidden");
            assert!(refused.status == 403 && refused.detail.contains(rule), "{refused:?}");
            assert_eq!(preview(&strict, trial(WISH.share)).await.expect_err("it is forbidden").status, 403);
            assert_eq!(here.database.count("hr_detections").await, 0);

            let id = ask(&here.state, None, &WISH, Detecting::Soon).await.expect("asked for");
            go_on(&strict, id, None).await.expect("not made");
            let standing = search_of(&strict, &id).await.expect("reads").map(|of| of.standing);
            assert_eq!((standing, here.database.count("hr_flags").await), (Some(Standing::NotMade), 0));
        }
    }
}

#[tokio::test]
async fn who_stands_out_is_flagged_with_the_reasons_and_the_same_seed_finds_the_same_on_each_database() {
    for here in looked(3).await {
        assert_eq!(names(&here).await, ["E3"]);
        let first = flag(&here, "E3").await.found;
        assert!(first.decision < 0.0 && first.score < -0.5 && first.base > 0.0, "{first:?}");
        assert_eq!((first.seeds, first.flagged_by, first.hours.is_some()), (10, 10, true));
        let told = own(&flag(&here, "E3").await);
        assert!(told.reasons.len() == 5 && told.reasons.is_sorted_by(|one, other| one.size >= other.size), "{told:?}");
        assert!(told.reasons.iter().all(|reason| reason.ordinary.is_none()), "nothing of others is told to a person");
        let sums: f64 = first.contributions().iter().sum();
        assert!(first.base + sums < first.base, "what makes unusual shortens the path");
        find_now(&here.state, None, &WISH).await.expect("looked for");
        assert_eq!(flag(&here, "E3").await.found, first);
        assert_eq!(here.database.count("hr_flags").await, 1, "a search takes the place of the one before");
        find_now(&here.state, None, &Wish { share: 0.2, ..WISH }).await.expect("looked for");
        let more = names(&here).await.len();
        assert!((6..=8).contains(&more), "a higher sensitivity flags more: {more}");
    }
}

#[tokio::test]
async fn what_a_person_decided_stays_with_the_flag_whatever_the_next_search_finds_on_each_database() {
    for here in looked(3).await {
        decided(&here, "E3", &decision("We talk on Tuesday.", None)).await.expect("decided");
        here.take(&crowd(7)).await;
        find_now(&here.state, None, &WISH).await.expect("looked for");
        assert_eq!(names(&here).await, ["E7", "E3"], "who is found first, then who was");
        let handled = flag(&here, "E3").await.handled;
        assert_eq!(
            (handled.status, handled.decisions.len(), handled.due.as_str()),
            (Status::LookedAt, 1, "2026-04-14")
        );
        here.take(&crowd(3)).await;
        find_now(&here.state, None, &WISH).await.expect("looked for");
        assert_eq!(names(&here).await, ["E3"]);
        assert_eq!(flag(&here, "E3").await.handled, handled);
    }
}

#[tokio::test]
async fn nobody_decides_without_a_reason_nor_past_an_objection_and_all_of_it_is_on_record_on_each_database() {
    for here in looked(3).await {
        let refused = decided(&here, "E3", &decision(" \u{0} ", None)).await.expect_err("there is no reason");
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("reason")));
        let unasked = decided(&here, "E3", &decision("Because.", Some("Yes"))).await.expect_err("nobody objected");
        assert_eq!(unasked.status, 409);
        let people = [here.know("E3").await];
        object(&here.state, &people, "The table is wrong.", Some(&By::COMMAND)).await.expect("objected");
        let again = object(&here.state, &people, "Really.", None).await.expect_err("one waits");
        assert_eq!((again.status, again.field.as_deref()), (409, Some("text")));
        let silent = decided(&here, "E3", &decision("Because.", None)).await.expect_err("an answer is missing");
        assert_eq!((silent.status, silent.field.as_deref()), (409, Some("answer")));
        decided(&here, "E3", &decision("Because.", Some("You are right."))).await.expect("decided");
        let handled = flag(&here, "E3").await.handled;
        let answer = handled.objections[0].answer.as_ref().map(|(_, text)| text.as_str());
        assert_eq!(
            (answer, handled.waits(), handled.decisions[0].reason.as_str()),
            (Some("You are right."), false, "Because.")
        );

        let other = [here.know("E5").await];
        assert_eq!(object(&here.state, &other, "Me too.", None).await.expect_err("nothing was found").status, 404);
        let notes = access::newest(&here.database.store, i64::MAX, 10).await.expect("reads");
        let told: Vec<_> = notes.iter().map(|note| (note.what.as_str(), note.of)).collect();
        let of = Of::Person(people[0]);
        assert_eq!(told, [("decide on flag", of), ("object to flag", of)]);
    }
}

#[tokio::test]
async fn flags_lie_sealed_go_with_the_person_and_with_their_age_on_each_database() {
    for here in looked(3).await {
        decided(&here, "E3", &decision("We talk on Tuesday.", None)).await.expect("decided");
        let sealed: Vec<(Vec<u8>,)> =
            sqlx::query_as("SELECT sealed FROM hr_flags UNION ALL SELECT sealed FROM hr_handled")
                .fetch_all(here.database.store.pool())
                .await
                .expect("reads");
        assert_eq!(sealed.len(), 2);
        let clear = |bytes: &[u8]| bytes.windows(7).any(|part| part == b"Tuesday");
        assert!(!sealed.iter().any(|(bytes,)| clear(bytes)));

        let counted = (holdings::HOLDINGS.count)(&here.database.store).await.expect("counts");
        let mut tables: Vec<&str> = counted.iter().map(|of| of.table).collect();
        tables.dedup();
        assert_eq!(tables, ["hr_rows", "hr_flags", "hr_handled"]);
        let age = |days| Age { now: now_millis() + 10 * DAY, days };
        let of = &aging::AGING[0];
        assert_eq!((of.due)(&here.database.store, None, age(9)).await.expect("counts").rows, 201);
        (of.delete)(&here.database.store, age(11)).await.expect("deleted");
        assert_eq!(here.database.count("hr_flags").await, 1, "it is not too old");

        let person = here.know("E3").await;
        here.database.destroy_key(person).await;
        assert_eq!(names(&here).await, Vec::<String>::new(), "nothing of theirs opens from then on");
        let erased = (holdings::HOLDINGS.erase)(&here.database.store, person).await.expect("erased");
        assert_eq!(erased, [("hr_rows", 1), ("hr_flags", 1), ("hr_handled", 1)]);
        (of.delete)(&here.database.store, age(9)).await.expect("deleted");
        assert_eq!(here.database.count("hr_detections").await, 0);
    }
}

#[tokio::test]
async fn how_often_a_team_is_flagged_is_told_where_that_tells_of_no_small_one_on_each_database() {
    for here in Here::each_under(Profile::Research).await {
        here.take(&crowd(3)).await;
        let (store, since) = (&here.database.store, now_millis() - DAY);
        for (name, members) in [("Few", 0..3), ("Some", 3..15), ("Many", 15..40)] {
            let team = places::make_since(store, name, since, &By::COMMAND).await.expect("made").expect("a name");
            for of in members {
                let member = Whom::Member(here.know(&format!("E{of}")).await);
                let period = Period { since, until: None };
                places::add(store, team, member, period, &By::COMMAND).await.expect("added").expect("a place");
            }
        }
        let search = find_now(&here.state, None, &WISH).await.expect("looked for");
        let mut told = super::teams(&here.state, &search).await.expect("reads");
        told.sort_by(|one, other| one.team.cmp(&other.team));
        let told: Vec<_> = told.iter().map(|of| (of.team.as_str(), of.people, of.flagged)).collect();
        assert_eq!(told, [("Few", None, None), ("Many", Some(25), Some(0)), ("Some", None, None)]);
    }
}

fn trial(share: f64) -> Trial {
    Trial { line: Line::Share(share), seed: 42 }
}

#[tokio::test]
async fn a_preview_names_whom_another_sensitivity_would_flag_and_keeps_nothing_on_each_database() {
    for here in Here::each_under(Profile::Research).await {
        here.take(&crowd(3)).await;
        let few = preview(&here.state, trial(WISH.share)).await.expect("looked for");
        assert_eq!((few.people, few.flagged, few.come), (40, vec!["E3".to_owned()], vec!["E3".to_owned()]));
        assert_eq!((few.weighed, few.severities.iter().sum::<usize>()), (1, 1));
        let many = preview(&here.state, trial(0.2)).await.expect("looked for");
        assert!((6..=8).contains(&many.flagged.len()) && many.flagged[0] == "E3", "{many:?}");
        assert_eq!((here.database.count("hr_flags").await, here.database.count("hr_detections").await), (0, 0));
    }
}

#[tokio::test]
async fn a_preview_says_who_would_come_and_who_would_go_beside_the_search_that_stands_on_each_database() {
    for here in looked(3).await {
        let same = preview(&here.state, trial(WISH.share)).await.expect("looked for");
        assert_eq!((same.come, same.go), (Vec::new(), Vec::new()));
        let more = preview(&here.state, trial(0.2)).await.expect("looked for");
        assert_eq!((more.come.len(), more.go.len()), (more.flagged.len() - 1, 0));
        here.take(&crowd(7)).await;
        let other = preview(&here.state, trial(WISH.share)).await.expect("looked for");
        assert_eq!((other.come, other.go), (vec!["E7".to_owned()], vec!["E3".to_owned()]));
        assert_eq!(names(&here).await, ["E3"], "nobody came and nobody went");
    }
}

#[tokio::test]
async fn a_line_at_a_score_is_told_as_the_share_with_which_a_search_flags_the_same_on_each_database() {
    for here in Here::each_under(Profile::Research).await {
        here.take(&crowd(3)).await;
        let at = |score: f64| Trial { line: Line::Score(score), seed: 42 };
        let none = preview(&here.state, at(-0.999)).await.expect("looked for");
        assert_eq!((none.share, none.score, none.flagged.len()), (None, None, 0));
        let most = preview(&here.state, at(-0.001)).await.expect("looked for");
        assert_eq!((most.share, most.flagged.len()), (Some(0.5), 20), "one half at most");
        let few = preview(&here.state, trial(0.1)).await.expect("looked for");
        let again = preview(&here.state, at(few.score.expect("a line"))).await.expect("looked for");
        assert_eq!(again.flagged, few.flagged);
        let share = again.share.expect("some are flagged");
        assert_eq!(preview(&here.state, trial(share)).await.expect("looked for").flagged, few.flagged);
    }
}

#[test]
fn a_trial_is_of_a_share_or_of_a_score_and_of_nothing_else() {
    assert_eq!(Trial::of(Some(0.1), None, None).expect("a share"), Trial { line: Line::Share(0.1), seed: 42 });
    assert_eq!(Trial::of(None, Some(-0.6), Some(7)).expect("a score"), Trial { line: Line::Score(-0.6), seed: 7 });
    for score in [0.0, -1.1, 0.5, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(Trial::of(None, Some(score), None).expect_err("no score").field.as_deref(), Some("score"));
    }
    for (share, score) in [(None, None), (Some(0.1), Some(-0.6)), (Some(0.6), None)] {
        assert_eq!(Trial::of(share, score, None).expect_err("neither").field.as_deref(), Some("share"));
    }
}

#[tokio::test]
async fn among_fewer_than_ten_nobody_stands_out_on_each_database() {
    for here in Here::each_under(Profile::Research).await {
        here.take(crate::tests::ACTIVITY).await;
        let search = find_now(&here.state, None, &WISH).await.expect("looked for");
        assert_eq!((search.standing, search.people, names(&here).await.len()), (Standing::NotMade, 2, 0));
    }
}

#[test]
fn a_sensitivity_is_a_share_and_a_seed_a_number_that_every_client_reads() {
    assert_eq!(Wish::of(None, None).expect("Elara's"), Wish { share: 0.05, seed: 42 });
    for share in [0.0, -0.1, 0.6, f64::NAN, f64::INFINITY] {
        assert_eq!(Wish::of(Some(share), None).expect_err("no share").status, 400, "{share}");
    }
    assert_eq!(Wish::of(None, Some(u64::MAX)).expect_err("no number").field.as_deref(), Some("seed"));
}
