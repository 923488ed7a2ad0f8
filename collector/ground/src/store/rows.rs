use sqlx::FromRow;
use sqlx::any::AnyRow;

/// The rows that read as what they should be; `leave_out` is told the place of each other one. SQLite keeps values of any type
/// in any column: where a row was damaged, text may stand for a number, and that must cost no row beside it.
pub fn readable<T>(rows: &[AnyRow], mut leave_out: impl FnMut(usize)) -> Vec<T>
where
    T: for<'r> FromRow<'r, AnyRow>,
{
    let read = |(place, row)| T::from_row(row).inspect_err(|_| leave_out(place)).ok();
    rows.iter().enumerate().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    #[tokio::test]
    async fn a_row_of_another_type_is_left_out_and_those_beside_it_are_read() {
        let database = Database::each(&[&MIGRATIONS]).await.remove(0);
        let rows = sqlx::query("SELECT 1, x'07' UNION ALL SELECT 'two', x'08' UNION ALL SELECT 3, x'09'")
            .fetch_all(database.store.pool())
            .await
            .expect("reads");
        let mut left_out = Vec::new();
        let read: Vec<(i64, Vec<u8>)> = readable(&rows, |place| left_out.push(place));
        assert_eq!((read, left_out), (vec![(1, vec![7]), (3, vec![9])], vec![1]));
    }
}
