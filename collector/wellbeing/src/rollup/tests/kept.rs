//! How what is kept is found, taken out and erased.

use super::*;

#[tokio::test]
async fn what_is_asked_for_a_day_is_found_by_an_index_however_much_there_is_of_others_on_sqlite() {
    for fixture in Fixture::each().await {
        let store = &fixture.database.store;
        if !store.lets_one_write() {
            continue; // of small tables the other one reads all
        }
        for asked in
            [super::super::rows::READ, super::super::roll::TAKE, super::super::aging::OLD, super::super::aging::OLD_OF]
        {
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", literal(asked))))
                    .fetch_all(store.pool())
                    .await
                    .expect("told");
            assert!(plan.iter().any(|(.., step)| step.starts_with("SEARCH")), "{plan:?}");
            assert!(plan.iter().all(|(.., step)| !step.starts_with("SCAN")), "{asked}: {plan:?}");
        }
    }
}

/// A statement with numbers in its places: how it is carried out does not hang on them.
fn literal(statement: &str) -> String {
    (1..=4).fold(statement.to_owned(), |text, place| text.replace(&format!("${place}"), "7"))
}

#[tokio::test]
async fn all_of_a_person_comes_out_and_goes_and_another_ones_stays_on_each_database() {
    for fixture in Fixture::each().await {
        fixture.see(fixture.alice, BEGIN, 30).await;
        fixture.see(fixture.bob, BEGIN, 60).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let store = &fixture.database.store;
        let (mut parcel, mut out) = Parcel::new();
        let export = async {
            (HOLDINGS.export)(store, &fixture.database.people, fixture.alice, &mut parcel).await.expect("exported");
            parcel.finish().await.expect("taken");
        };
        let take = async {
            let mut files: Vec<(String, Vec<u8>)> = Vec::new();
            while let Some(piece) = out.recv().await {
                match piece {
                    Piece::File(name) => files.push((name, Vec::new())),
                    Piece::Bytes(bytes) => files.last_mut().expect("a file").1.extend(bytes),
                }
            }
            files
        };
        let ((), files) = tokio::join!(export, take);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["rollups.json", "alerts.json", "supporters.json", "alert_choices.json", "saved_views.json"]);
        let read: serde_json::Value = serde_json::from_slice(&files[0].1).expect("JSON");
        assert_eq!(read.as_array().map(Vec::len), Some(4));
        assert_eq!(read[0]["start"], "2026-03-26T00:00:00.000Z");
        assert_eq!(read[1]["start"], "2026-03-26");
        let mean = read[1]["measures"]["stress_load"]["mean"].as_f64().expect("a mean");
        assert!((mean - 0.3).abs() < 1e-6, "{mean}");
        let counted = (HOLDINGS.count)(store).await.expect("counted");
        assert!(counted.iter().all(|held| held.rows == 4 && held.span == Some((BEGIN, BEGIN)) && held.bytes > 0));
        let erased = (HOLDINGS.erase)(store, fixture.alice).await.expect("erased");
        assert_eq!(erased.iter().find(|(table, _)| *table == "rollups").map(|(_, rows)| *rows), Some(4));
        assert!(fixture.bytes(fixture.alice).await.is_empty());
        assert_eq!(fixture.bytes(fixture.bob).await.len(), 4);
    }
}
