use std::time::Duration;

use axum::http::header;
use axum::response::IntoResponse as _;

use super::*;
use crate::{gone, holdings, unusual};

#[tokio::test]
async fn of_all_who_look_at_the_master_table_one_has_it_opened_and_who_waits_for_long_is_told_to_ask_again_on_each_database()
 {
    for here in Here::each().await {
        here.take(ACTIVITY).await;
        let held = merged::rows(&here.state).await.expect("nobody else looks");
        assert_eq!((held.rows.len(), held.people.len(), here.state.looking().left()), (2, 2, 0));
        let refused = merged::rows_within(&here.state, Duration::ZERO).await.expect_err("somebody looks");
        let response = refused.into_response();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        drop(held);
        let bytes = merged::parquet(merged::rows(&here.state).await.expect("it is free again")).expect("written");
        assert_eq!((&bytes[..4], here.state.looking().left()), (&b"PAR1"[..], 1), "who has the file lets others look");
        let flags = unusual::all(&here.state).await.expect("none");
        assert_eq!((flags.all.len(), here.state.looking().left()), (0, 0), "nor are all flags opened for many");
        drop(flags);
        assert_eq!(here.hours().await.len(), 2);
    }
}

#[tokio::test]
async fn who_walks_through_the_master_table_has_it_opened_once_and_nothing_of_it_stays_that_is_gone_on_each_database() {
    for here in Here::each().await {
        here.take(ACTIVITY).await;
        let rows = async || merged::rows(&here.state).await.unwrap_or_else(|problem| panic!("{problem:?}")).rows;
        let first = rows().await;
        assert!(Arc::ptr_eq(&first, &rows().await), "nothing is otherwise");

        let second = here.take(&ACTIVITY.replace(",4.5\n", ",5\n")).await;
        assert_eq!(here.hours().await[1], ("E2".to_owned(), Some(5.0)));
        gone::undo(&here.state, second.id, None).await.expect("taken back");
        assert!(here.state.last().get().is_none(), "what was taken back is in memory no more");
        assert_eq!(here.hours().await[1], ("E2".to_owned(), Some(4.5)));

        let person = here.know("E1").await;
        here.database.destroy_key(person).await;
        assert_eq!(here.hours().await, [("E2".to_owned(), Some(4.5))], "nobody without a key is in it");
        (holdings::HOLDINGS.erase)(&here.database.store, person).await.expect("erased");
        let again = rows().await;
        assert_eq!((again.len(), Arc::ptr_eq(&again, &rows().await)), (1, true));
    }
}
