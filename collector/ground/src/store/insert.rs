use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, FromRow, Transaction};

use crate::GroundError;

/// Numbers of rows of one statement, most first. So few, that every connection keeps them all prepared.
const SIZES: [usize; 3] = [64, 8, 1];
/// The same of a question, which is filled up: nothing is found for a row of nothing.
const ASKED: [usize; 2] = [64, 8];

/// An insert for several rows at a time; only the number of placeholders differs.
pub struct Insert([Statement; 3]);

/// A question about several things at a time, instead of one for each.
pub struct Lookup([Statement; 2]);

/// A query that takes what it is about.
pub type Bound = Query<'static, Any, AnyArguments>;

/// One text with places for so many rows, made once for the life of the program: it is never freed.
struct Statement {
    rows: usize,
    /// With places that have numbers.
    numbered: &'static str,
    /// With places in their order. SQLite keeps names of those with numbers, and sqlx asks for the name of each place, which is
    /// looked for among all of them: with 64 rows of 12 columns that takes longer than to write the rows.
    in_order: &'static str,
}

impl Statement {
    /// `head`, the places of so many rows, and `tail`.
    fn new(head: &str, (rows, columns): (usize, usize), tail: &str) -> Self {
        let with = |place: &dyn Fn(usize) -> String| {
            let row = |row: usize| {
                let places: Vec<String> = (1..=columns).map(|column| place(row * columns + column)).collect();
                format!("({})", places.join(", "))
            };
            let values: Vec<String> = (0..rows).map(row).collect();
            &*format!("{head} VALUES {}{tail}", values.join(", ")).leak()
        };
        Self { rows, numbered: with(&|place| format!("${place}")), in_order: with(&|_| "?".to_owned()) }
    }

    fn on(&self, connection: &AnyConnection) -> Bound {
        sqlx::query(if connection.backend_name() == "PostgreSQL" { self.numbered } else { self.in_order })
    }
}

impl Insert {
    /// `head` names table and columns, `tail` says what a conflict does. To be made once for the life of the program:
    /// the statements are never freed.
    #[must_use]
    pub fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self(SIZES.map(|rows| Statement::new(head, (rows, columns), &format!(" {tail}"))))
    }

    /// Inserts all rows with as few statements as possible and gives how many rows the database wrote.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rows<T>(
        &self,
        transaction: &mut Transaction<'static, Any>,
        mut rows: &[T],
        bind: impl Fn(Bound, &T) -> Bound,
    ) -> Result<u64, GroundError> {
        let mut written = 0;
        for statement in &self.0 {
            while let Some((now, later)) = rows.split_at_checked(statement.rows) {
                let query = now.iter().fold(statement.on(transaction), &bind);
                written += query.execute(&mut **transaction).await?.rows_affected();
                rows = later;
            }
        }
        Ok(written)
    }
}

impl Lookup {
    /// `select` reads from the table `asked`, whose columns these are: they stand in parentheses, the first is `place`. To be made once
    /// for the life of the program.
    #[must_use]
    pub fn new(columns: &'static str, select: &'static str) -> Self {
        let (head, count) = (format!("WITH asked {columns} AS ("), columns.split(',').count());
        Self(ASKED.map(|rows| Statement::new(&head, (rows, count), &format!(") {select}"))))
    }

    /// What is found for all that is asked. `bind` gives a question everything but its place, and nulls where there is none.
    ///
    /// # Errors
    /// When the database refuses, or a row does not read.
    pub async fn of<T, R: for<'row> FromRow<'row, AnyRow>>(
        &self,
        connection: &mut AnyConnection,
        asked: &[T],
        bind: impl Fn(Bound, Option<&T>) -> Bound,
    ) -> Result<Vec<R>, GroundError> {
        let rows = self.rows(connection, asked, bind).await?;
        Ok(rows.iter().map(R::from_row).collect::<Result<_, _>>()?)
    }

    /// As [`Self::of`], as the database gives it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rows<T>(
        &self,
        connection: &mut AnyConnection,
        asked: &[T],
        bind: impl Fn(Bound, Option<&T>) -> Bound,
    ) -> Result<Vec<AnyRow>, GroundError> {
        let [many, few] = &self.0;
        let mut found = Vec::new();
        let mut place = 0_i64..;
        for some in asked.chunks(many.rows) {
            let statement = if some.len() > few.rows { many } else { few };
            let rows = some.iter().map(Some).chain(std::iter::repeat(None)).take(statement.rows);
            let query =
                rows.fold(statement.on(connection), |query, row| bind(query.bind(row.and_then(|_| place.next())), row));
            found.extend(query.fetch_all(&mut *connection).await?);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    #[test]
    fn placeholders_count_through_all_rows_and_stand_in_their_order_where_numbers_are_slow() {
        let Insert([many, few, one]) = Insert::new("INSERT INTO t (a, b)", 2, "ON CONFLICT DO NOTHING");
        assert_eq!((many.rows, few.rows, one.rows), (64, 8, 1));
        assert_eq!(one.numbered, "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        assert_eq!(one.in_order, "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING");
        assert!(few.numbered.ends_with("($13, $14), ($15, $16) ON CONFLICT DO NOTHING"), "{}", few.numbered);
        assert!(many.numbered.ends_with("($127, $128) ON CONFLICT DO NOTHING"), "{}", many.numbered);
        assert_eq!(many.in_order.matches('?').count(), 128);
    }

    #[tokio::test]
    async fn each_of_many_questions_is_answered_by_its_place_on_each_database() {
        let lookup = Lookup::new(
            "(place, person, number)",
            "SELECT asked.place, number, held.made_at FROM asked CROSS JOIN person_keys held \
             WHERE held.person = asked.person",
        );
        for database in Database::each(&[&MIGRATIONS]).await {
            let mut connection = database.store.keyring().pool().acquire().await.expect("a connection");
            for person in [3_u8, 70] {
                sqlx::query("INSERT INTO person_keys (person, wrapped, made_at) VALUES ($1, $2, $3)")
                    .bind(vec![person; 16])
                    .bind(vec![0_u8])
                    .bind(i64::from(person) + 1000)
                    .execute(&mut *connection)
                    .await
                    .expect("written");
            }
            for count in [0_u8, 4, 64, 71, 200] {
                let asked: Vec<u8> = (0..count).collect();
                let mut found: Vec<(i64, i64, i64)> = lookup
                    .of(&mut connection, &asked, |query, person| {
                        query.bind(person.map(|person| vec![*person; 16])).bind(person.map(|n| i64::from(*n) * 2))
                    })
                    .await
                    .expect("answered");
                found.sort_unstable();
                let known = [3_i64, 70].into_iter().filter(|person| *person < i64::from(count));
                let expected: Vec<_> = known.map(|person| (person, 2 * person, person + 1000)).collect();
                assert_eq!(found, expected, "{count}");
            }
        }
    }
}
