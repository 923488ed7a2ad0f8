use std::time::Duration;

use attune_people::access::{self, By, Of};
use serde_json::json;

use super::*;
use crate::error::HrError;
use crate::rows::Employee;
use crate::uploads::{self, Coming, Standing};
use crate::{check, form as forms, gone, who};

#[tokio::test]
async fn a_table_is_read_first_and_nothing_of_it_is_kept_before_it_is_taken_in_on_each_database() {
    for here in Here::each().await {
        here.know("E1").await;
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        let report = upload.about.report.as_ref().expect("a report");
        assert_eq!(upload.standing, Standing::Checked);
        assert_eq!((report.rows, report.employees, report.strangers, report.count()), (3, 2, 1, 0), "{report:?}");
        let counts = async || [here.database.count("hr_rows").await, here.database.count("accounts").await];
        assert_eq!(counts().await, [0, 1], "nobody is known by a table that nobody took in");
        assert_eq!(here.hours().await, []);

        let undecided = here.decide(upload.id, None).await.expect_err("there is a stranger");
        assert_eq!((undecided.status, undecided.field.as_deref()), (409, Some("strangers")), "{}", undecided.detail);
        let taken = here.decide(upload.id, Some(Strangers::TakeIn)).await.expect("taken in");
        assert_eq!((taken.standing, taken.stands, taken.version, taken.held), (Standing::Taken, true, Some(1), 3));
        assert_eq!(counts().await, [2, 2]);
        assert_eq!(here.database.count("hr_pieces").await, 0, "its bytes are gone");
        assert_eq!(here.hours().await, [("E1".to_owned(), Some(7.0)), ("E2".to_owned(), Some(4.5))]);

        let again = here.decide(upload.id, Some(Strangers::LeaveOut)).await.expect("it was decided");
        assert_eq!(
            (again.version, here.database.count("hr_rows").await),
            (Some(1), 2),
            "who decides twice decided once"
        );
    }
}

#[tokio::test]
async fn who_is_not_known_is_left_out_where_that_is_said_and_letters_of_another_case_are_the_same_on_each_database() {
    for here in Here::each().await {
        here.know("e2").await;
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        assert_eq!(upload.about.report.as_ref().map(|report| report.strangers), Some(1));
        let taken = here.decide(upload.id, Some(Strangers::LeaveOut)).await.expect("taken in");
        assert_eq!((taken.held, here.database.count("accounts").await), (1, 1));
        assert_eq!(here.hours().await, [("e2".to_owned(), Some(4.5))]);

        let strangers = here.give(Some(Table::Activity), &ACTIVITY.replace("E2", "E9")).await.expect("read");
        let refused = here.decide(strangers.id, Some(Strangers::LeaveOut)).await.expect_err("nothing would be left");
        assert_eq!((refused.status, refused.field.as_deref()), (409, Some("strangers")));
    }
}

#[tokio::test]
async fn neither_rows_nor_who_they_are_about_nor_what_a_file_is_called_lie_in_clear_on_each_database() {
    for here in Here::each().await {
        let text = ACTIVITY.replace("E2", "EMP4711");
        let request = form(&[("file", Some("review of EMP4711.csv"), &text), ("table", None, "activity")]);
        let upload = give::give(&here.state, &Asker::open(), request, None).await.expect("read");
        assert_eq!((upload.table, upload.about.name.as_str()), (Some(Table::Activity), "review of EMP4711.csv"));
        let all = async |statement: &'static str| {
            let rows: Vec<(Vec<u8>,)> =
                sqlx::query_as(statement).fetch_all(here.database.store.pool()).await.expect("reads");
            rows.into_iter().flat_map(|(bytes,)| bytes).collect::<Vec<u8>>()
        };
        let waits = [all("SELECT about_sealed FROM hr_uploads").await, all("SELECT sealed FROM hr_pieces").await];
        here.decide(upload.id, Some(Strangers::TakeIn)).await.expect("taken in");
        let kept = [all("SELECT about_sealed FROM hr_uploads").await, all("SELECT sealed FROM hr_rows").await];
        for bytes in waits.into_iter().chain(kept) {
            assert!(!bytes.is_empty());
            for clear in ["EMP4711", "review of", "2026-03-02"] {
                assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
            }
        }
    }
}

#[tokio::test]
async fn other_answers_have_a_table_read_anew_and_shown_before_it_is_taken_in_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        let decide = async |answers, strangers| {
            let decision = Decision { answers, strangers };
            let decided = take::decide(&here.state, upload.id, &decision, None).await?;
            give::soon(&here.state, upload.id, decided.size).await
        };
        let wrong = decide(json!({"mood": "good"}), None).await.expect_err("no answer");
        assert_eq!((wrong.status, wrong.field.as_deref()), (400, Some("answers")));
        let read = decide(json!({"decimal": "point"}), Some(Strangers::TakeIn)).await.expect("read");
        assert_eq!((read.standing, here.database.count("hr_rows").await), (Standing::Checked, 0));
        assert_eq!(read.about.answers, json!({"decimal": "point"}));
        let taken = decide(json!({"decimal": "point"}), Some(Strangers::TakeIn)).await.expect("taken in");
        assert_eq!((taken.standing, taken.held), (Standing::Taken, 3));
    }
}

#[tokio::test]
async fn what_is_no_table_is_told_and_can_be_thrown_away_and_not_taken_in_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(None, "<html><body>no table</body></html>").await.expect("answered");
        let why = upload.about.report.as_ref().and_then(|report| report.refused.clone()).expect("refused");
        let refused = here.decide(upload.id, Some(Strangers::TakeIn)).await.expect_err("it can't be read");
        assert_eq!((refused.status, refused.detail), (422, why));
        crate::gone::undo(&here.state, upload.id, None).await.expect("thrown away");
        assert_eq!(here.database.count("hr_pieces").await, 0);
        let gone = here.decide(upload.id, Some(Strangers::TakeIn)).await.expect_err("it is gone");
        assert_eq!(gone.status, 409);
    }
}

#[tokio::test]
async fn a_form_that_breaks_off_or_is_none_leaves_nothing_on_each_database() {
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
    let big = "E1,2026-03-02,4,2,1,8\n".repeat(300_000);
    for here in Here::each().await {
        for (body, part) in [
            (format!("{head}{ACTIVITY}"), "the form"),
            (format!("{head}{big}"), "the form"),
            ("--x\r\nContent-Disposition: form-data; name=\"table\"\r\n\r\nleave\r\n--x--\r\n".to_owned(), "a file"),
            (format!("{head}{ACTIVITY}\r\n{head}{ACTIVITY}\r\n--x--\r\n"), "twice"),
            (format!("{head}{ACTIVITY}\r\n{}\r\n--x--\r\n", head.replace("file\"", "salaries\"")), "no such table"),
        ] {
            let refused = give::give(&here.state, &Asker::open(), sent(body), None).await.expect_err(part);
            assert!(refused.status == 400 && refused.detail.contains(part), "{part}: {refused:?}");
            assert_eq!(here.database.count("hr_pieces").await, 0, "{part}");
        }
        let named = form(&[("file", Some("a.csv"), ACTIVITY), ("table", None, "salaries")]);
        let refused = give::give(&here.state, &Asker::open(), named, None).await.expect_err("no such table");
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("table")));
        assert_eq!(here.database.count("hr_pieces").await, 0);
        let all = uploads::all(&here.state, i64::MAX, 100).await.expect("reads");
        assert!(all.iter().all(|upload| upload.standing == Standing::Dropped), "{all:?}");
    }
}

#[tokio::test]
async fn a_file_of_several_pieces_reads_as_it_came_on_each_database() {
    let rows: Vec<String> =
        (0..40_000).map(|row| format!("E{},2026-03-{:02},1,1,1,8", row / 28, 1 + row % 28)).collect();
    let heading = ACTIVITY.lines().next().expect("a heading");
    let text = format!("{heading}\n{}\n", rows.join("\n"));
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), &text).await.expect("read");
        let report = upload.about.report.as_ref().expect("a report");
        assert_eq!((report.rows, report.employees), (40_000, 1429), "{:?}", report.problems.first());
        assert!(here.database.count("hr_pieces").await > 2);
    }
}

#[tokio::test]
async fn more_tables_than_may_wait_are_refused_until_some_are_decided_on_each_database() {
    for here in Here::each().await {
        let mut last = None;
        for _ in 0..24 {
            last = Some(here.give(Some(Table::Activity), ACTIVITY).await.expect("read"));
        }
        let refused = here.give(Some(Table::Activity), ACTIVITY).await.expect_err("as many wait as may");
        assert_eq!(refused.status, 409);
        crate::gone::undo(&here.state, last.expect("given").id, None).await.expect("thrown away");
        here.give(Some(Table::Activity), ACTIVITY).await.expect("there is room again");
    }
}

#[tokio::test]
async fn what_is_done_with_tables_is_in_the_log_of_access_on_each_database() {
    for here in Here::each().await {
        let by = By::COMMAND;
        let id = uploads::begin(&here.state, Some(&by), None, "a.csv").await.expect("begun");
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        let decision = Decision { strangers: Some(Strangers::TakeIn), ..Decision::default() };
        take::decide(&here.state, upload.id, &decision, Some(&by)).await.expect("decided");
        crate::work::go_on(&here.state, upload.id, None).await.expect("taken in");
        crate::gone::undo(&here.state, upload.id, Some(&by)).await.expect("taken back");
        let notes = access::newest(&here.database.store, i64::MAX, 10).await.expect("reads");
        let told: Vec<_> = notes.iter().map(|note| (note.what.as_str(), note.of, note.detail.clone())).collect();
        let wanted = [
            ("take back table", Of::Everybody, upload.id.to_vec()),
            ("take in table", Of::Everybody, upload.id.to_vec()),
            ("give table", Of::Nobody, id.to_vec()),
        ];
        assert_eq!(told, wanted);
    }
}

#[tokio::test]
async fn a_table_that_is_thrown_away_while_it_comes_stays_thrown_away_on_each_database() {
    for here in Here::each().await {
        let id = uploads::begin(&here.state, None, None, "a.csv").await.expect("begun");
        let mut upload = uploads::find(&here.state, id).await.expect("reads").expect("there");
        let mut coming = Coming::new();
        coming.more(&here.state, &upload, ACTIVITY.as_bytes()).await.expect("it comes");
        gone::undo(&here.state, id, None).await.expect("thrown away");
        let late = coming.end(&here.state, &mut upload).await.expect_err("it is thrown away");
        assert!(matches!(late, HrError::Dropped), "{late}");
        assert_eq!(here.database.count("hr_pieces").await, 0, "no piece comes behind it");
        let refused = forms::whole(&here.state, &upload, None).await.expect_err("it is thrown away");
        assert_eq!(refused.status, 409);
        let dropped = uploads::find(&here.state, id).await.expect("reads").expect("there");
        assert_eq!(dropped.standing, Standing::Dropped);
    }
}

#[tokio::test]
async fn what_comes_waits_for_more_of_it_shortly_and_anew_with_each_part_on_each_database() {
    const MINUTES: i64 = 60_000;
    for here in Here::each().await {
        let id = uploads::begin(&here.state, None, None, "a.csv").await.expect("begun");
        let mut upload = uploads::find(&here.state, id).await.expect("reads").expect("there");
        let ends = upload.ends_at.expect("an end");
        assert!((5 * MINUTES..=15 * MINUTES).contains(&(ends - upload.given_at)), "longer than a request, and no hour");
        here.change("UPDATE hr_uploads SET ends_at = 1").await;
        let mut coming = Coming::new();
        coming.more(&here.state, &upload, ACTIVITY.as_bytes()).await.expect("it comes");
        coming.end(&here.state, &mut upload).await.expect("it came");
        gone::tidy(&here.state).await.expect("tidy");
        let still = uploads::find(&here.state, id).await.expect("reads").expect("there");
        assert_eq!(still.standing, Standing::Coming);
    }
}

#[tokio::test]
async fn a_file_is_called_by_its_own_name_without_folders_and_signs_that_nobody_sees_on_each_database() {
    for here in Here::each().await {
        for file in ["C:\\hr\\days.csv", "../../etc/days.csv", "d\u{202e}a\u{200b}y\u{0}s.csv\u{2066}\n"] {
            let id = uploads::begin(&here.state, None, None, file).await.expect("begun");
            let upload = uploads::find(&here.state, id).await.expect("reads").expect("there");
            assert_eq!(upload.about.name, "days.csv", "{file:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_are_given_at_once_no_more_wait_than_may_on_each_database() {
    for here in Here::each().await {
        let mut begun = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let state = here.state.clone();
            begun.spawn(async move { uploads::begin(&state, None, None, "a.csv").await.is_ok() });
        }
        let begun = begun.join_all().await.into_iter().filter(|is_begun| *is_begun).count();
        assert_eq!((begun, here.database.count("hr_uploads").await), (24, 24));
    }
}

#[tokio::test]
async fn whoever_has_a_table_read_keeps_their_turn_as_long_as_its_rows_are_in_memory_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        let free = here.state.reading().left();
        let opened = check::opened(&here.state, &upload, None).await.expect("read");
        assert_eq!(here.state.reading().left(), free - 1);
        assert_eq!(here.state.read_so_far(upload.id), None, "it is not read any more");
        drop(opened);
        assert_eq!(here.state.reading().left(), free);
    }
}

#[tokio::test]
async fn who_waits_for_a_table_waits_for_its_turn_no_longer_than_they_may_and_a_job_goes_on_with_it_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        let decision = Decision { strangers: Some(Strangers::TakeIn), ..Decision::default() };
        take::decide(&here.state, upload.id, &decision, None).await.expect("decided");
        let mut turns = Vec::new();
        while here.state.reading().left() > 0 {
            turns.push(here.state.reading().at_last().await.expect("it does not end"));
        }
        let refused =
            crate::work::go_on(&here.state, upload.id, Some(Duration::ZERO)).await.expect_err("all are taken");
        assert!(matches!(refused, HrError::Crowded), "{refused}");
        assert_eq!(Problem::from(refused).status, 503);
        let standing = async || uploads::find(&here.state, upload.id).await.expect("reads").expect("there").standing;
        assert_eq!(standing().await, Standing::Taking);
        drop(turns);
        crate::work::go_on(&here.state, upload.id, None).await.expect("as a job does");
        assert_eq!(standing().await, Standing::Taken);
    }
}

#[tokio::test]
async fn what_is_left_of_a_file_is_never_taken_for_the_whole_on_each_database() {
    let heading = ACTIVITY.lines().next().expect("a heading");
    let text = format!("{heading}\n{}", "E1,2026-03-02,4,2,1,8\n".repeat(20_000));
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), &text).await.expect("read");
        assert!(here.database.count("hr_pieces").await > 1);
        here.change("DELETE FROM hr_pieces WHERE number > 0").await;
        let cut = check::opened(&here.state, &upload, None).await.expect_err("a piece is gone");
        assert!(matches!(cut, HrError::Unread), "{cut}");
    }
}

#[tokio::test]
async fn uploads_of_one_instant_are_listed_together_so_that_none_falls_between_two_pages_on_each_database() {
    for here in Here::each().await {
        for _ in 0..4 {
            uploads::begin(&here.state, None, None, "a.csv").await.expect("begun");
        }
        here.change("UPDATE hr_uploads SET given_at = 7").await;
        let last = uploads::begin(&here.state, None, None, "b.csv").await.expect("begun");
        let of = async |before, limit| {
            let all = uploads::all(&here.state, before, limit).await.expect("reads");
            all.iter().map(|upload| upload.given_at).collect::<Vec<_>>()
        };
        let last = uploads::find(&here.state, last).await.expect("reads").expect("there").given_at;
        assert_eq!(of(i64::MAX, 1).await, [last]);
        assert_eq!(of(last, 2).await, [7; 4]);
        assert_eq!(of(i64::MAX, 10).await.len(), 5);
        assert_eq!(of(7, 10).await, Vec::<i64>::new());
    }
}

#[tokio::test]
async fn who_is_called_as_nobody_can_be_is_nobody_on_each_database() {
    for here in Here::each().await {
        // As an account of an earlier version may be called.
        here.know("\u{200b}").await;
        let nameless = Employee("\u{200b}\u{200b}".into());
        assert_eq!(who::known(&here.state, vec![nameless.clone()]).await.expect("reads")[&nameless], None);
    }
}

#[tokio::test]
async fn what_was_found_in_a_table_is_told_of_none_that_is_not_here_any_more_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        let told = crate::shown::checked(&here.state, &upload).await.expect("told");
        assert!(told.report.is_some());
        gone::undo(&here.state, upload.id, None).await.expect("thrown away");
        let upload = uploads::find(&here.state, upload.id).await.expect("reads").expect("there");
        let told = crate::shown::checked(&here.state, &upload).await.expect("told");
        assert!(told.report.is_none() && told.dataset.state == "dropped", "{told:?}");
    }
}

#[tokio::test]
async fn a_file_whose_part_says_no_name_is_refused_and_no_file_at_all_is_asked_for_on_each_database() {
    let part = |file: &str, text: &str| {
        let head =
            format!("--x\r\nContent-Disposition: form-data; name=\"file\"{file}\r\nContent-Type: text/csv\r\n\r\n");
        sent(format!("{head}{text}\r\n--x--\r\n"))
    };
    for here in Here::each().await {
        for (file, text, told) in [
            ("", ACTIVITY, "its part says no name"),
            ("; filename=\"\"", ACTIVITY, "its part says no name"),
            ("; filename=\"\"", "", "choose a file"),
        ] {
            let refused = give::give(&here.state, &Asker::open(), part(file, text), None).await.expect_err(told);
            assert_eq!((refused.status, refused.field.as_deref()), (400, Some("file")));
            assert!(refused.detail.contains(told), "{told}: {}", refused.detail);
        }
        assert_eq!(here.database.count("hr_uploads").await, 0);
    }
}
