//! The log of consents as the chain that it is.

use super::*;

#[tokio::test]
async fn a_changed_entry_breaks_the_chain_of_consents() {
    for fixture in Fixture::each().await {
        fixture.device("alice").await;
        let entry = consent(Modality::Voice, false, 7);
        sqlx::query("UPDATE consent_log SET entry = $1 WHERE place = 2")
            .bind(entry)
            .execute(fixture.context.store.pool())
            .await
            .expect("changed");
        let broken = attune_people::consent::first_broken_link(&fixture.context.store).await.expect("reads");
        assert_eq!(broken, Some(2));
    }
}

#[tokio::test]
async fn a_changed_time_of_receipt_and_a_cut_tail_break_the_chain_of_consents() {
    for fixture in Fixture::each().await {
        fixture.device("alice").await;
        let store = &fixture.context.store;
        let change = async |statement: &'static str| {
            let done = sqlx::query(statement).execute(store.pool()).await.expect("changed");
            assert_eq!(done.rows_affected(), 1);
            attune_people::consent::first_broken_link(store).await.expect("reads")
        };
        for column in ["received_at", "seq", "epoch"] {
            let change_by = async |by: &str| {
                let statement = format!("UPDATE consent_log SET {column} = {column} {by} 100 WHERE place = 1");
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(store.pool()).await.expect("changed");
                attune_people::consent::first_broken_link(store).await.expect("reads")
            };
            assert_eq!((change_by("+").await, change_by("-").await), (Some(1), None), "{column}");
        }
        assert_eq!(change("DELETE FROM consent_log WHERE place = 3").await, Some(3));
        assert_eq!(change("DELETE FROM consent_log WHERE place = 0").await, Some(0));
    }
}

#[tokio::test]
async fn a_damaged_count_of_the_log_keeps_nobody_from_telling_of_consent() {
    for fixture in Fixture::each().await {
        fixture.device("alice").await;
        let store = &fixture.context.store;
        sqlx::query("UPDATE consent_head SET entries = entries - 2").execute(store.pool()).await.expect("changed");
        fixture.device("bob").await;
        assert_eq!(attune_people::consent::first_broken_link(store).await.expect("reads"), None, "it is whole again");
    }
}

#[tokio::test]
async fn entries_of_the_first_versions_stay_in_the_chain_and_none_is_linked_so_behind_a_newer_one() {
    use sha2::{Digest as _, Sha256};
    type Row = (i64, Vec<u8>, Vec<u8>, Vec<u8>);
    for fixture in Fixture::each().await {
        fixture.device("alice").await;
        let store = &fixture.context.store;
        let rows: Vec<Row> = sqlx::query_as("SELECT place, person, device, entry FROM consent_log ORDER BY place")
            .fetch_all(store.pool())
            .await
            .expect("reads");
        // As the first versions linked all of them.
        let mut before = Vec::new();
        for (place, person, device, entry) in rows {
            before = Sha256::digest([before, person, device, entry].concat()).to_vec();
            let set = sqlx::query("UPDATE consent_log SET hash = $1 WHERE place = $2").bind(before.clone()).bind(place);
            set.execute(store.pool()).await.expect("changed");
        }
        let set = sqlx::query("UPDATE consent_head SET hash = $1").bind(before);
        set.execute(store.pool()).await.expect("changed");
        let broken = async || attune_people::consent::first_broken_link(store).await.expect("reads");
        assert_eq!(broken().await, None);
        fixture.device("bob").await;
        assert_eq!(broken().await, None, "newer ones follow");
        let (before, person, device, entry): (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) = sqlx::query_as(
            "SELECT (SELECT hash FROM consent_log WHERE place = 6), person, device, entry FROM consent_log WHERE place = 7",
        )
        .fetch_one(store.pool())
        .await
        .expect("reads");
        let weaker = Sha256::digest([before, person, device, entry].concat()).to_vec();
        for statement in ["UPDATE consent_log SET hash = $1 WHERE place = 7", "UPDATE consent_head SET hash = $1"] {
            sqlx::query(statement).bind(weaker.clone()).execute(store.pool()).await.expect("changed");
        }
        assert_eq!(broken().await, Some(7));
    }
}
