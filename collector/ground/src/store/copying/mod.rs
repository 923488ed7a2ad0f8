//! All rows of a database, table by table, as one instant has them; and a new database made of such rows. What is read of one kind
//! of database loads into the other.

mod loading;
mod snapshot;

use sqlx::AnyConnection;

use super::Backend;
use crate::GroundError;

pub(crate) use loading::{Loading, clear, is_empty, is_of_restore};
pub(crate) use snapshot::{Snapshot, value};

/// The table that says which restore has made a database, by its id. It is in no copy.
pub(crate) const RESTORED_BY: &str = "attune_restored_by";

/// What a column holds. Ordinals are in copies: kinds are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ColumnKind {
    /// Whole numbers.
    Number,
    /// Bytes.
    Bytes,
    /// Text.
    Text,
}

/// A column of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) kind: ColumnKind,
}

/// A table and its columns, in the order of its rows' values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: String,
    /// Its columns.
    pub(crate) columns: Vec<Column>,
}

impl Table {
    /// Its columns by name, in whichever order.
    pub(crate) fn sorted(&self) -> Vec<(&str, ColumnKind)> {
        let mut columns: Vec<_> = self.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect();
        columns.sort_by_key(|(name, _)| *name);
        columns
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        names.join(", ")
    }
}

/// One value of a row. Ordinals are in copies: kinds are only appended.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Number(i64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
    /// A number with a fraction, which only a damaged row has.
    Fraction(f64),
}

/// A name as it stands in statements of either database.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// All tables with their columns, but for the list of what was applied, which belongs to the kind of database, and for who restored it.
async fn tables(connection: &mut AnyConnection, backend: Backend) -> Result<Vec<Table>, GroundError> {
    // Of a table that is split only the whole is named: reading it reads its parts, and what is written to it finds them.
    let statement = match backend {
        Backend::Sqlite => {
            "SELECT tables.name, columns.name, columns.type FROM sqlite_master tables JOIN pragma_table_info(tables.name) columns \
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' AND tables.name NOT IN ('_sqlx_migrations', 'attune_restored_by') \
             ORDER BY tables.name, columns.cid"
        }
        Backend::Postgres => {
            "SELECT CAST(relname AS TEXT), CAST(attname AS TEXT), CAST(format_type(atttypid, NULL) AS TEXT) FROM pg_class \
             JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped \
             WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind IN ('r', 'p') AND NOT relispartition \
             AND relname NOT IN ('_sqlx_migrations', 'attune_restored_by') ORDER BY relname, attnum"
        }
    };
    let rows: Vec<(String, String, String)> = sqlx::query_as(statement).fetch_all(connection).await?;
    let mut tables: Vec<Table> = Vec::new();
    for (table, name, kind) in rows {
        let kind = match kind.to_lowercase().as_str() {
            "bigint" | "integer" | "smallint" => ColumnKind::Number,
            "blob" | "bytea" => ColumnKind::Bytes,
            "text" => ColumnKind::Text,
            _ => return Err(GroundError::Corrupt("a table has a column of a kind that copies do not hold")),
        };
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(Column { name, kind }),
            None => tables.push(Table { name: table, columns: vec![Column { name, kind }] }),
        }
    }
    Ok(tables)
}
