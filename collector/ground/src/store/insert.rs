use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, Transaction};

use crate::GroundError;

/// Numbers of rows of one statement, most first. So few, that every connection keeps them all prepared.
const SIZES: [usize; 3] = [64, 8, 1];

/// An insert for several rows at a time; only the number of placeholders differs.
pub struct Insert([(usize, &'static str); 3]);

type Statement = Query<'static, Any, AnyArguments>;

impl Insert {
    /// `head` names table and columns, `tail` says what a conflict does. To be made once for the life of the program:
    /// the statements are never freed.
    #[must_use]
    pub fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self(SIZES.map(|rows| {
            let row = |row: usize| {
                let places: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
                format!("({})", places.join(", "))
            };
            let values: Vec<String> = (0..rows).map(row).collect();
            (rows, &*format!("{head} VALUES {} {tail}", values.join(", ")).leak())
        }))
    }

    /// Inserts all rows with as few statements as possible and gives how many rows the database wrote.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rows<T>(
        &self,
        transaction: &mut Transaction<'static, Any>,
        mut rows: &[T],
        bind: impl Fn(Statement, &T) -> Statement,
    ) -> Result<u64, GroundError> {
        let mut written = 0;
        for (size, statement) in self.0 {
            while let Some((now, later)) = rows.split_at_checked(size) {
                let query = now.iter().fold(sqlx::query(statement), &bind);
                written += query.execute(&mut **transaction).await?.rows_affected();
                rows = later;
            }
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_through_all_rows() {
        let Insert([(64, many), (8, few), (1, one)]) = Insert::new("INSERT INTO t (a, b)", 2, "ON CONFLICT DO NOTHING")
        else {
            panic!("64, 8 and 1")
        };
        assert_eq!(one, "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        assert!(few.ends_with("($13, $14), ($15, $16) ON CONFLICT DO NOTHING"), "{few}");
        assert!(many.ends_with("($127, $128) ON CONFLICT DO NOTHING"), "{many}");
    }
}
