//! Roll-ups as they stand in the database.

use std::ops::Range;
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::store::{Insert, Write};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

use super::code::{context_of, decode};
use crate::bucket::{Bucket, Span};

static ROLLUPS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO rollups (person, span, start, day, size, sealed)",
        6,
        "ON CONFLICT (person, span, start) DO UPDATE SET day = excluded.day, size = excluded.size, sealed = excluded.sealed",
    )
});
static CHANGED: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO changed_days (person, day, changes)",
        3,
        "ON CONFLICT (person, day) DO UPDATE SET changes = changed_days.changes + 1",
    )
});

pub(super) const READ: &str = "SELECT start, day, sealed FROM rollups WHERE person = $1 AND span = $2 AND start >= $3 AND start < $4 \
     ORDER BY start";

/// Whose roll-ups are read and written, and what opens them.
#[derive(Clone, Copy)]
pub(super) struct Sealing<'a> {
    pub(super) person: PersonId,
    pub(super) key: &'a SealKey,
    pub(super) damages: &'a Damages,
}

/// A roll-up that stands there.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) start: i64,
    pub(super) day: i64,
    /// Its bytes; none where it does not open, which was counted.
    pub(super) plain: Option<Vec<u8>>,
}

/// A roll-up that is to stand there.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) span: Span,
    pub(super) start: i64,
    pub(super) day: i64,
    pub(super) plain: Vec<u8>,
}

/// As it would stand there.
impl From<&Made> for Row {
    fn from(made: &Made) -> Self {
        Self { start: made.start, day: made.day, plain: Some(made.plain.clone()) }
    }
}

/// Of what stands there the starts of those that are none any more, and of what was made those that are other ones than stand there.
pub(super) fn differences(stood: &[Row], mut made: Vec<Made>) -> (Vec<i64>, Vec<Made>) {
    let gone = stood.iter().map(|row| row.start).filter(|start| made.iter().all(|one| one.start != *start)).collect();
    let stands = |one: &Made| {
        let same = |row: &Row| (row.start, row.day) == (one.start, one.day) && row.plain.as_ref() == Some(&one.plain);
        stood.iter().any(same)
    };
    made.retain(|one| !stands(one));
    (gone, made)
}

impl Sealing<'_> {
    /// The roll-ups of a span that start so, in order.
    pub(super) async fn read(
        &self,
        connection: &mut AnyConnection,
        span: Span,
        starts: Range<i64>,
    ) -> Result<Vec<Row>, GroundError> {
        let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(READ)
            .bind(self.person.0.to_vec())
            .bind(span.number())
            .bind(starts.start)
            .bind(starts.end)
            .fetch_all(connection)
            .await?;
        let open = |(start, day, sealed): (i64, i64, Vec<u8>)| {
            let plain = self.key.open(&context_of(self.person, span, start), &sealed);
            Row { start, day, plain: plain.inspect_err(|_| self.damaged(span, start)).ok() }
        };
        Ok(rows.into_iter().map(open).collect())
    }

    /// What one says; none where it does not open or decode, which is counted.
    pub(super) fn bucket(&self, span: Span, row: &Row) -> Option<Bucket> {
        // What does not open was counted where it was read.
        decode(row.plain.as_deref()?).inspect_err(|_| self.damaged(span, row.start)).ok()
    }

    /// Counts one that does not open or decode.
    fn damaged(&self, span: Span, start: i64) {
        self.damages.note(Damaged::RollUp, &[&self.person.0, &span.number().to_be_bytes(), &start.to_be_bytes()]);
    }

    /// Writes roll-ups, in place of those that stand there.
    pub(super) async fn write(&self, transaction: &mut Write, made: &[Made]) -> Result<(), GroundError> {
        let written = ROLLUPS.rows(transaction, made, |query, one| {
            query
                .bind(self.person.0.to_vec())
                .bind(one.span.number())
                .bind(one.start)
                .bind(one.day)
                .bind(one.plain.len() as i64)
                .bind(self.key.seal(&context_of(self.person, one.span, one.start), &one.plain))
        });
        written.await.map(drop)
    }

    /// Removes one of which nothing is left.
    pub(super) async fn remove(&self, transaction: &mut Write, span: Span, start: i64) -> Result<(), GroundError> {
        sqlx::query("DELETE FROM rollups WHERE person = $1 AND span = $2 AND start = $3")
            .bind(self.person.0.to_vec())
            .bind(span.number())
            .bind(start)
            .execute(&mut ***transaction)
            .await?;
        Ok(())
    }

    /// Notes that days are other ones than figures of teams were made of.
    pub(super) async fn changed(&self, transaction: &mut Write, days: &[i64]) -> Result<(), GroundError> {
        let noted =
            CHANGED.rows(transaction, days, |query, day| query.bind(self.person.0.to_vec()).bind(*day).bind(1_i64));
        noted.await.map(drop)
    }
}
