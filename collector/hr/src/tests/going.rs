use attune_ground::holdings::{Parcel, Piece};
use attune_ground::retention::Age;
use attune_ground::time::now_millis;
use serde_json::json;

use super::*;
use crate::master::{FEATURES, Value};
use crate::uploads::{self, Standing};
use crate::{aging, gone, holdings, own};

const DAY: i64 = 24 * 3_600_000;

#[tokio::test]
async fn a_person_sees_and_takes_along_their_own_rows_of_every_version_that_is_kept_on_each_database() {
    for here in Here::each().await {
        here.take(ACTIVITY).await;
        here.take(&ACTIVITY.replace(",4.5\n", ",5\n")).await;
        let person = here.know("E2").await;
        let tables = own::of(&here.database.store, &here.database.people, person).await.expect("reads");
        let told: Vec<_> =
            tables.iter().map(|of| (of.table, of.stands, of.rows.len(), of.rows[0]["hours"].clone())).collect();
        assert_eq!(told, [("activity", true, 1, json!(5.0)), ("activity", false, 1, json!(4.5))]);

        let (mut parcel, mut out) = Parcel::new();
        let exported = async {
            (holdings::HOLDINGS.export)(&here.database.store, &here.database.people, person, &mut parcel)
                .await
                .expect("taken");
            parcel.finish().await.expect("taken");
        };
        let taken = async {
            let mut files: Vec<(String, Vec<u8>)> = Vec::new();
            while let Some(piece) = out.recv().await {
                match piece {
                    Piece::File(name) => files.push((name, Vec::new())),
                    Piece::Bytes(bytes) => files.last_mut().expect("bytes are of a file").1.extend(bytes),
                }
            }
            files
        };
        let ((), files) = tokio::join!(exported, taken);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["hr.json", "hr_flags.json"]);
        let text = &files[0].1;
        let told: serde_json::Value = serde_json::from_slice(text).expect("JSON");
        assert_eq!((told.as_array().map(Vec::len), told[0]["rows"][0]["hours"].as_f64()), (Some(2), Some(5.0)));
        assert!(!String::from_utf8_lossy(text).contains("E1"), "nothing of anybody else");
    }
}

#[tokio::test]
async fn a_person_is_told_each_feature_that_hr_sees_of_them_with_what_it_is_on_each_database() {
    let leave = "Employee_ID,Leave_Type,Leave_Days,Leave_Start_Date,Leave_End_Date\n\
        E2,Sick Leave,2,2026-03-04,2026-03-05\nE1,Annual Leave,3,2026-03-16,2026-03-18\n";
    for here in Here::each().await {
        let person = here.know("E2").await;
        let told = async || {
            let kept = own::all(&here.state, &[person]).await.expect("reads");
            own::features(&here.state, &kept).await.expect("told")
        };
        assert!(told().await.is_empty(), "nothing is said of them");
        here.take(ACTIVITY).await;
        assert_eq!(told().await.len(), FEATURES.len());
        let given = here.give(Some(Table::Leave), leave).await.expect("read");
        here.decide(given.id, Some(Strangers::TakeIn)).await.expect("taken in");

        let told = told().await;
        let rows = merged::rows(&here.state).await.unwrap_or_else(|problem| panic!("{problem:?}")).rows;
        let row = rows.iter().find(|row| row.employee.0 == "E2").expect("a row");
        for (own, feature) in told.iter().zip(&FEATURES) {
            assert_eq!((own.name, &own.value), (feature.name, &feature.value(row)));
            assert!(!own.definition.is_empty(), "{}", own.name);
        }
        let sick = told.iter().find(|own| own.name == "Sick Leave_Factor").and_then(|own| own.value.clone());
        let decayed = 2.0 * (-0.01 * 13.0_f64).exp();
        assert_eq!(sick, Some(Value::Number(decayed)), "up to the newest day of the table, which is of somebody else");
    }
}

#[tokio::test]
async fn who_is_erased_has_no_row_any_more_and_all_others_have_theirs_on_each_database() {
    for here in Here::each().await {
        here.take(ACTIVITY).await;
        let counted = (holdings::HOLDINGS.count)(&here.database.store).await.expect("counts");
        assert_eq!(counted.iter().map(|of| (of.table, of.rows)).collect::<std::collections::BTreeSet<_>>().len(), 2);
        assert_eq!(counted.iter().map(|of| of.rows).sum::<u64>(), 3);
        let person = here.know("E1").await;
        here.database.destroy_key(person).await;
        assert_eq!(here.hours().await, [("E2".to_owned(), Some(4.5))], "nothing of theirs opens from then on");
        let erased = (holdings::HOLDINGS.erase)(&here.database.store, person).await.expect("erased");
        assert_eq!(erased, [("hr_rows", 1), ("hr_flags", 0), ("hr_handled", 0)]);
        let again = (holdings::HOLDINGS.erase)(&here.database.store, person).await.expect("erased");
        let none = vec![("hr_rows", 0), ("hr_flags", 0), ("hr_handled", 0)];
        assert_eq!((again, here.database.count("hr_rows").await), (none, 1));
    }
}

#[tokio::test]
async fn no_day_of_who_is_erased_ages_the_rows_of_others_any_more_on_each_database() {
    let leave = "Employee_ID,Leave_Type,Leave_Days,Leave_Start_Date,Leave_End_Date\n\
        E2,Sick Leave,2,2026-03-04,2026-03-05\nE1,Annual Leave,3,2026-03-16,2026-03-18\n";
    let feature = FEATURES.iter().find(|feature| feature.name == "Sick Leave_Factor").expect("a feature");
    for here in Here::each().await {
        let given = here.give(Some(Table::Leave), leave).await.expect("read");
        here.decide(given.id, Some(Strangers::TakeIn)).await.expect("taken in");
        let sick = async || {
            let rows = merged::rows(&here.state).await.unwrap_or_else(|problem| panic!("{problem:?}")).rows;
            feature.value(rows.iter().find(|row| row.employee.0 == "E2").expect("a row"))
        };
        assert_eq!(sick().await, Some(Value::Number(2.0 * (-0.01 * 13.0_f64).exp())));
        let person = here.know("E1").await;
        here.database.destroy_key(person).await;
        (holdings::HOLDINGS.erase)(&here.database.store, person).await.expect("erased");
        assert_eq!(sick().await, Some(Value::Number(2.0)), "the newest day is of E2");
    }
}

#[tokio::test]
async fn tables_go_as_a_whole_once_their_class_is_over_on_each_database() {
    for here in Here::each().await {
        let upload = here.take(ACTIVITY).await;
        let of = &aging::AGING[0];
        let age = |days| Age { now: now_millis() + 10 * DAY, days };
        let due = async |days| (of.due)(&here.database.store, None, age(days)).await.expect("counts").rows;
        assert_eq!((due(11).await, due(9).await), (0, 3));
        (of.delete)(&here.database.store, age(11)).await.expect("deleted");
        assert_eq!(here.hours().await.len(), 2, "it is not too old");
        (of.delete)(&here.database.store, age(9)).await.expect("deleted");
        assert_eq!((here.hours().await, here.database.count("hr_rows").await), (Vec::new(), 0));
        let gone = uploads::find(&here.state, upload.id).await.expect("reads");
        assert!(gone.is_none(), "nor is it known any more who gave it");
        assert_eq!(here.take(ACTIVITY).await.version, Some(2));
    }
}

#[tokio::test]
async fn what_nobody_decides_on_goes_by_itself_and_what_was_cut_short_is_gone_on_with_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        gone::tidy(&here.state).await.expect("tidy");
        assert!(here.database.count("hr_pieces").await > 0, "it waits for an hour");
        here.change("UPDATE hr_uploads SET ends_at = 1").await;
        gone::tidy(&here.state).await.expect("tidy");
        let dropped = uploads::find(&here.state, upload.id).await.expect("reads").expect("there");
        assert_eq!((dropped.standing, here.database.count("hr_pieces").await), (Standing::Dropped, 0));

        here.take(ACTIVITY).await;
        // As where it was taken back, and whoever did was killed before its rows went.
        here.change("UPDATE hr_tables SET upload = NULL").await;
        here.change("UPDATE hr_uploads SET state = 5 WHERE state = 4").await;
        gone::tidy(&here.state).await.expect("tidy");
        assert_eq!(here.database.count("hr_rows").await, 0);
    }
}

#[tokio::test]
async fn behind_a_restore_nothing_waits_for_a_decision_and_what_stands_stands_on_each_database() {
    for here in Here::each().await {
        here.take(ACTIVITY).await;
        let upload = here.give(Some(Table::Activity), ACTIVITY).await.expect("read");
        let mut transaction = here.database.store.begin().await.expect("begins");
        (holdings::CARRIED.put_back)(&mut transaction, &here.database.own.held()).await.expect("put back");
        transaction.commit().await.expect("commits");
        let dropped = uploads::find(&here.state, upload.id).await.expect("reads").expect("there");
        assert_eq!((dropped.standing, here.database.count("hr_pieces").await), (Standing::Dropped, 0));
        assert_eq!(here.hours().await.len(), 2);
    }
}
