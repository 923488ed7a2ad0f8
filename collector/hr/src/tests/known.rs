//! Who employees are: in letters of any case one, and nobody again who was erased unless somebody decides so.

use super::*;
use crate::gone;
use crate::uploads::{self, Standing, strangers};
use crate::{check, holdings, who};

impl Here {
    /// Erases somebody, as the end of an erasure leaves them.
    async fn erase(&self, person: PersonId) {
        self.database.destroy_key(person).await;
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query("UPDATE accounts SET user_tag = NULL, folded_tag = NULL, sealed = NULL WHERE person = $1")
            .bind(person.0.to_vec())
            .execute(&mut **transaction)
            .await
            .expect("forgotten");
        transaction.commit().await.expect("commits");
        (holdings::HOLDINGS.erase)(&self.database.store, person).await.expect("erased");
    }

    async fn decided(&self, id: UploadId) {
        let decision = Decision { strangers: Some(Strangers::TakeIn), ..Decision::default() };
        take::decide(&self.state, id, &decision, None).await.expect("decided");
    }

    async fn names(&self) -> Vec<String> {
        self.hours().await.into_iter().map(|(name, _)| name).collect()
    }
}

fn notes(upload: &Upload) -> String {
    upload.about.report.as_ref().map(|report| report.notes.join(" ")).unwrap_or_default()
}

/// The table without what is about E2.
fn of_e1() -> String {
    ACTIVITY.lines().filter(|line| !line.starts_with("E2")).map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn whom_a_table_made_known_is_found_by_who_writes_them_in_letters_of_another_case_on_each_database() {
    for here in Here::each().await {
        here.take(&ACTIVITY.replace("E1", "ALICE")).await;
        let alice = here.know("alice").await;
        assert_eq!((here.database.count("accounts").await, here.know("Alice").await), (2, alice));
        let own = (holdings::HOLDINGS.count)(&here.database.store).await.expect("counts");
        let hers: u64 = own.iter().filter(|of| of.person == Some(alice)).map(|of| of.rows).sum();
        assert_eq!((hers, here.names().await), (2, vec!["ALICE".to_owned(), "E2".to_owned()]));
    }
}

#[tokio::test]
async fn two_ids_of_a_table_that_differ_in_capital_letters_only_are_one_employee_on_each_database() {
    for here in Here::each().await {
        let text = ACTIVITY.replace("E1", "anna").replace("E2", "ANNA");
        here.take(&text).await;
        assert_eq!((here.database.count("accounts").await, here.names().await.len()), (1, 1));
    }
}

#[tokio::test]
async fn who_could_be_one_of_two_of_an_earlier_version_is_left_out_and_no_third_is_made_on_each_database() {
    for here in Here::each().await {
        here.know("e1").await;
        let other = here.know("somebody else").await;
        // As earlier versions made two who differ in capital letters only.
        sqlx::query("UPDATE accounts SET sole = NULL, folded_tag = (SELECT one.folded_tag FROM accounts one WHERE one.person <> $1) WHERE person = $1")
            .bind(other.0.to_vec())
            .execute(here.database.store.pool())
            .await
            .expect("as of before");
        let upload = here.take(ACTIVITY).await;
        assert!(notes(&upload).contains("The id of one employee fits several people"), "{}", notes(&upload));
        assert_eq!((here.database.count("accounts").await, here.names().await), (3, vec!["E2".to_owned()]));

        let given = here.give(Some(Table::Activity), &of_e1()).await.expect("read");
        let refused = here.decide(given.id, Some(Strangers::TakeIn)).await.expect_err("nothing would be left");
        assert_eq!((refused.status, refused.field.as_deref()), (409, Some("strangers")), "{}", refused.detail);
    }
}

#[tokio::test]
async fn who_is_erased_after_somebody_decided_on_others_is_not_made_known_anew_by_that_on_each_database() {
    for here in Here::each().await {
        let first = here.know("E1").await;
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        assert_eq!(upload.about.report.as_ref().map(|report| report.strangers), Some(1));
        here.decided(upload.id).await;
        here.erase(first).await;
        take::take(&here.state, upload.id, None).await.expect("taken in");
        assert_eq!(here.names().await, ["E2"], "nobody decided that E1 is to be known");
        assert_eq!(here.database.count("accounts").await, 2, "the one who was erased, and E2");
    }
}

#[tokio::test]
async fn who_was_erased_is_somebody_new_once_that_is_told_and_decided_and_nothing_of_before_is_theirs_on_each_database()
{
    for here in Here::each().await {
        here.take(ACTIVITY).await;
        let second = here.take(&ACTIVITY.replace(",4.5", ",9")).await;
        let first = here.know("E1").await;
        here.erase(first).await;
        assert_eq!(here.names().await, ["E2"]);
        gone::undo(&here.state, second.id, None).await.expect("taken back");
        assert_eq!(here.hours().await, [("E2".to_owned(), Some(4.5))], "the version before brings nobody back");

        let third = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        assert_eq!(third.about.report.as_ref().map(|report| report.strangers), Some(1));
        assert!(notes(&third).contains("Somebody who was erased here is not known here"), "{}", notes(&third));
        here.decided(third.id).await;
        take::take(&here.state, third.id, None).await.expect("taken in");
        let again = here.know("E1").await;
        assert!(again != first && here.names().await == ["E1", "E2"]);
        gone::undo(&here.state, third.id, None).await.expect("taken back");
        assert_eq!(here.names().await, ["E2"], "of whoever is new there is no version before");
    }
}

#[tokio::test]
async fn who_is_erased_while_a_table_is_taken_in_is_not_made_known_twice_by_it_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        here.decided(upload.id).await;
        // As where whoever took it in was cut off once all were known.
        let left = strangers::left(&here.database.store, &upload.id).await.expect("reads");
        assert_eq!(left, [-1]);
        let mut transaction = here.database.store.begin().await.expect("begins");
        let made = strangers::take_out(&here.state, &mut transaction, &upload.id, -1).await.expect("taken out");
        for employee in &made {
            who::make_known(&here.state, &mut transaction, employee).await.expect("made");
        }
        transaction.commit().await.expect("commits");
        assert_eq!(made.len(), 2);
        let first = here.know("E1").await;
        here.erase(first).await;
        take::take(&here.state, upload.id, None).await.expect("taken in");
        assert_eq!((here.names().await, here.database.count("accounts").await), (vec!["E2".to_owned()], 2));
    }
}

#[tokio::test]
async fn a_table_that_is_thrown_away_before_it_is_taken_in_makes_nobody_known_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        here.decided(upload.id).await;
        gone::undo(&here.state, upload.id, None).await.expect("thrown away");
        take::take(&here.state, upload.id, None).await.expect("nothing is left to do");
        assert_eq!((here.database.count("accounts").await, here.database.count("hr_pieces").await), (0, 0));
    }
}

#[tokio::test]
async fn a_table_of_which_nobody_is_left_does_not_stand_in_the_place_of_another_on_each_database() {
    for here in Here::each().await {
        let stands = here.take(ACTIVITY).await;
        let upload = here.give(Some(Table::Activity), &of_e1()).await.expect("read");
        take::decide(&here.state, upload.id, &Decision::default(), None).await.expect("decided");
        let first = here.know("E1").await;
        here.erase(first).await;
        take::take(&here.state, upload.id, None).await.expect("nothing is left to do");
        let dropped = uploads::find(&here.state, upload.id).await.expect("reads").expect("there");
        let stands = uploads::find(&here.state, stands.id).await.expect("reads").expect("there");
        assert_eq!((dropped.standing, stands.stands), (Standing::Dropped, true));
        assert_eq!(here.names().await, ["E2"]);
    }
}

#[tokio::test]
async fn a_table_that_is_thrown_away_while_it_is_read_is_no_failure_of_who_reads_it_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        here.decided(upload.id).await;
        let before = uploads::find(&here.state, upload.id).await.expect("reads").expect("there");
        gone::undo(&here.state, upload.id, None).await.expect("thrown away");
        let opened = check::opened_still(&here.state, &before, None).await.expect("no failure");
        assert!(opened.is_none(), "nothing of it is taken in");
    }
}
