use super::*;
use crate::gone::{self, VERSIONS};
use crate::uploads::{self, Standing};

fn hours(of: f64) -> String {
    ACTIVITY.replace(",4.5\n", &format!(",{of}\n"))
}

/// What the master table says of E2.
async fn of_e2(here: &Here) -> Option<f64> {
    here.hours().await.into_iter().find(|(of, _)| of == "E2").and_then(|(_, hours)| hours)
}

#[tokio::test]
async fn a_version_stands_in_the_place_of_the_one_before_which_stands_again_where_it_is_taken_back_on_each_database() {
    for here in Here::each().await {
        let (first, second) = (here.take(&hours(1.0)).await, here.take(&hours(2.0)).await);
        assert_eq!((first.version, second.version, of_e2(&here).await), (Some(1), Some(2), Some(2.0)));
        let first = uploads::find(&here.state, first.id).await.expect("reads").expect("there");
        assert!(!first.stands && first.standing == Standing::Taken);
        let later = gone::undo(&here.state, first.id, None).await.expect_err("a later one stands");
        assert_eq!(later.status, 409);

        gone::undo(&here.state, second.id, None).await.expect("taken back");
        assert_eq!(of_e2(&here).await, Some(1.0));
        let third = here.take(&hours(3.0)).await;
        assert_eq!((third.version, of_e2(&here).await), (Some(3), Some(3.0)), "a number is given once");
        gone::undo(&here.state, third.id, None).await.expect("taken back");
        gone::undo(&here.state, first.id, None).await.expect("taken back");
        assert_eq!(here.hours().await, []);
        assert_eq!(here.database.count("hr_rows").await, 0, "rows of what was taken back are gone");
        let twice = gone::undo(&here.state, first.id, None).await.expect_err("it is gone");
        assert_eq!(twice.status, 409);
    }
}

#[tokio::test]
async fn no_more_versions_are_kept_than_one_can_go_back_to_on_each_database() {
    for here in Here::each().await {
        let mut all = Vec::new();
        for of in 1..=4 {
            all.push(here.take(&hours(f64::from(of))).await);
        }
        let first = uploads::find(&here.state, all[0].id).await.expect("reads").expect("there");
        assert_eq!(first.standing, Standing::LetGo);
        assert_eq!(here.database.count("hr_rows").await, 2 * VERSIONS, "of two employees each");
        for upload in all[1..].iter().rev() {
            gone::undo(&here.state, upload.id, None).await.expect("one that is kept");
        }
        assert_eq!(here.hours().await, [], "behind the last that is kept nothing stands");
    }
}

#[tokio::test]
async fn two_collectors_that_take_in_one_table_or_two_take_each_in_once_on_each_database() {
    for here in Here::each().await {
        let other = state(&here.database);
        let decision = Decision { strangers: Some(Strangers::TakeIn), ..Decision::default() };
        let one = here.give(Some(Table::Activity), &hours(1.0)).await.expect("read");
        take::decide(&here.state, one.id, &decision, None).await.expect("decided");
        let (here_too, there_too) =
            tokio::join!(take::take(&here.state, one.id, None), take::take(&other, one.id, None));
        here_too.expect("taken in");
        there_too.expect("taken in");
        let taken = uploads::find(&here.state, one.id).await.expect("reads").expect("there");
        assert_eq!((taken.version, taken.stands, here.database.count("hr_rows").await), (Some(1), true, 2));
        assert_eq!(here.hours().await.len(), 2);

        let two = here.give(Some(Table::Activity), &hours(2.0)).await.expect("read");
        let three = here.give(Some(Table::Activity), &hours(3.0)).await.expect("read");
        let decision = Decision::default();
        for upload in [&two, &three] {
            take::decide(&here.state, upload.id, &decision, None).await.expect("decided");
        }
        let (second, third) = tokio::join!(take::take(&here.state, two.id, None), take::take(&other, three.id, None));
        second.expect("taken in");
        third.expect("taken in");
        let all = uploads::all(&here.state, i64::MAX, 10).await.expect("reads");
        let mut versions: Vec<i64> = all.iter().filter_map(|upload| upload.version).collect();
        versions.sort_unstable();
        assert_eq!(versions, [1, 2, 3]);
        let standing: Vec<i64> =
            all.iter().filter(|upload| upload.stands).filter_map(|upload| upload.version).collect();
        assert_eq!(standing, [3], "one stands, and it is the last");
    }
}

#[tokio::test]
async fn rows_of_what_does_not_stand_yet_are_told_in_no_master_table_on_each_database() {
    for here in Here::each().await {
        let upload = here.take(&hours(2.0)).await;
        // As where it was cut off right before it came to stand.
        here.change("UPDATE hr_tables SET upload = NULL").await;
        here.change("UPDATE hr_uploads SET state = 3, version = NULL").await;
        assert!(here.database.count("hr_rows").await > 0);
        assert_eq!(here.hours().await, []);
        gone::undo(&here.state, upload.id, None).await.expect("thrown away while it is taken in");
        take::take(&here.state, upload.id, None).await.expect("nothing is left to do");
        let dropped = uploads::find(&here.state, upload.id).await.expect("reads").expect("there");
        assert_eq!((dropped.standing, here.database.count("hr_rows").await), (Standing::Dropped, 0));
    }
}

#[tokio::test]
async fn who_is_cut_off_before_older_versions_go_leaves_none_behind_on_each_database() {
    for here in Here::each().await {
        let first = here.take(&hours(1.0)).await;
        for of in 2..=4 {
            here.take(&hours(f64::from(of))).await;
        }
        // As where whoever had the fourth one stand was killed right behind that.
        here.change("UPDATE hr_uploads SET state = 4 WHERE version = 1").await;
        gone::tidy(&here.state).await.expect("tidy");
        let first = uploads::find(&here.state, first.id).await.expect("reads").expect("there");
        assert_eq!((first.standing, of_e2(&here).await), (Standing::LetGo, Some(4.0)));
    }
}
