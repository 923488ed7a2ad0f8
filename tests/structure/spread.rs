//! Whether a Postgres that distributes (Citus) could spread people over machines with these tables as they are: a person is in
//! every key of what is kept of them, and what refers to something lies on the same machine. The migrations are run, on each
//! database, and the tables that they make are looked at.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::crates::members;
use super::modules::sources;
use super::source::said;

/// Where the rows of a table lie that are not spread by person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lies {
    /// On every machine, and may refer to what does, too (a reference table): small, seldom written, and found before it is
    /// known of whom it is, or joined to what is spread. A key of it may be over all people.
    Everywhere,
    /// On the one machine that is asked (a local table).
    Asked,
    /// Spread by device.
    ByDevice,
}
use Lies::{Asked, ByDevice, Everywhere};

/// All tables that are not spread by person, and why. What is in no row is.
const NOT_BY_PERSON: [(&str, Lies, &str); 66] = [
    ("accounts", Everywhere, "found by the tag of a user id, which is one over all people; everything refers to it"),
    ("devices", Everywhere, "found by what a device says that it is: the way from a device to its person begins here"),
    ("device_enrolments", Everywhere, "the way from a device to its person; its number is one over all people"),
    ("device_epochs", Everywhere, "the way from an outbox to its person; an outbox is of one person"),
    ("former_device_keys", Everywhere, "of a device, and looked for with it before it is believed whose it is"),
    ("enrolment_codes", Everywhere, "a code is found by its name, and says then whose it is"),
    ("analysis_ids", Everywhere, "an id that a client gave a session is one over all people"),
    ("teams", Everywhere, "of nobody; who is in one refers to it"),
    ("channels", Everywhere, "of nobody; every message refers to one"),
    ("message_refs", Asked, "found by a name of a channel, under which a message comes once whoever wrote it"),
    ("deleted_refs", Asked, "of nobody: a name of a channel that was deleted there, whoever wrote under it"),
    ("writers", Asked, "found by the tag of a name, before it is known whose it is"),
    ("hr_uploads", Everywhere, "of nobody; all rows of a table of HR refer to the upload that they came with"),
    ("hr_detections", Everywhere, "of nobody; each flag refers to the search that found it"),
    ("hr_tables", Asked, "of nobody: which upload of each table stands"),
    ("group_reports", Asked, "reports of nobody by name: of a day, of a team"),
    ("hr_pieces", Asked, "bytes of a file that waits, before it is known whom it is about"),
    ("team_members", Everywhere, "asked for by team, over all people, and counted beside teams"),
    (
        "settled",
        ByDevice,
        "names no person: it stays when its person is erased, and has what outboxes of earlier versions were told",
    ),
    ("consent_log", Asked, "one chain over all people, which no machine could write by itself"),
    ("consent_head", Asked, "where that chain ends"),
    ("access_log", Asked, "one chain over all people"),
    ("access_head", Asked, "where that chain ends"),
    ("logins", Asked, "who signs in need not be sensed; found by the tags of a name and an address"),
    ("login_roles", Asked, "of a login"),
    ("login_totp", Asked, "of a login"),
    ("recovery_codes", Asked, "of a login"),
    ("login_links", Asked, "of a login, found by what is shown"),
    ("login_sessions", Asked, "of a login, found by what is shown"),
    ("token_families", Asked, "of a login"),
    ("refresh_tokens", Asked, "of a login, found by what is shown"),
    ("token_keys", Asked, "of nobody"),
    ("service_tokens", Asked, "of machines"),
    ("failed_sign_ins", Asked, "of whoever tried"),
    ("known_places", Asked, "of a login, found by what is shown"),
    ("outside_subjects", Asked, "of a login, found by what its provider says"),
    ("outside_sign_ins", Asked, "of a browser"),
    ("passkeys", Asked, "of a login, found by what is shown"),
    ("passkey_steps", Asked, "of a browser"),
    ("mails", Asked, "of a login"),
    ("use_place", Asked, "one row: up to where the log of access was looked at"),
    ("use_days", Asked, "of a login, or of a machine"),
    ("refused_uses", Asked, "of a login, or of a machine"),
    ("unusual_uses", Asked, "of a login, or of a machine"),
    ("unusual_use_notes", Asked, "of a login"),
    ("team_managers", Asked, "of a login"),
    ("saved_views", Asked, "of a login"),
    ("rollup_zone", Asked, "one row: which zone is the organisation's"),
    ("team_weeks", Asked, "of nobody: which weeks have their figures"),
    ("team_figures", Asked, "of teams, and of nobody"),
    ("team_cohorts", Asked, "of teams; who counted in them stands there by tags"),
    ("team_epsilon", Asked, "by a tag that leads to nobody without the collectors' key"),
    ("alert_choices", Asked, "of a login"),
    ("team_alerts", Asked, "of teams"),
    ("team_alert_events", Asked, "of teams"),
    ("alert_deliveries", Asked, "of teams"),
    ("erasures", Asked, "which are under way"),
    ("erased_people", Asked, "of which people, until they are done"),
    ("requests", Asked, "by a name that leads to nobody"),
    ("retention_log", Asked, "how much, and nothing of whom"),
    ("retention_begins", Asked, "one row"),
    ("collector_keys", Asked, "the collectors' own"),
    ("former_signing_keys", Asked, "the collectors' own"),
    ("jobs", Asked, "what the collectors do, claimed by one at a time"),
    ("person_keys", Asked, "of before the keys lay apart: it goes at the first start"),
    ("", Asked, "how the database is: probes, commits, lost_commits, last_used, keys_apart, key_copy"),
];

/// Tables of the ground's own vitals: they stand in one row of the list.
const VITALS: [&str; 6] = ["probes", "commits", "lost_commits", "last_used", "keys_apart", "key_copy"];

fn lies(table: &str) -> Option<Lies> {
    let table = if VITALS.contains(&table) { "" } else { table };
    NOT_BY_PERSON.iter().find(|(name, ..)| *name == table).map(|(_, lies, _)| *lies)
}

/// A reference: from which table to which, and the columns, in pairs.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Reference {
    from: String,
    to: String,
    columns: BTreeSet<(String, String)>,
}

/// What migrations make.
#[derive(Debug, Default)]
struct Tables {
    columns: BTreeMap<String, BTreeSet<String>>,
    /// The columns of each key and of each index of which no two rows are alike, with its table.
    unique: Vec<(String, BTreeSet<String>)>,
    /// Tables that have a key.
    keyed: BTreeSet<String>,
    references: Vec<Reference>,
}

impl Tables {
    /// What is wrong with them.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (table, columns) in &self.columns {
            match lies(table) {
                None if !columns.contains("person") => {
                    faults.push(format!("{table} has no person, and is not in the list of those that need none"));
                }
                None if !self.keyed.contains(table) => faults.push(format!("{table} has no primary key")),
                _ => {}
            }
        }
        for (table, columns) in &self.unique {
            let wanted = match lies(table) {
                None => "person",
                Some(ByDevice) => "device",
                Some(Everywhere | Asked) => continue,
            };
            if !columns.contains(wanted) {
                faults.push(format!("a key of {table} has no {wanted}: {columns:?}"));
            }
        }
        for Reference { from, to, columns } in &self.references {
            let with_person = columns.contains(&("person".to_owned(), "person".to_owned()));
            let of_people = |table: &str| self.columns.get(table).is_some_and(|columns| columns.contains("person"));
            let may = match (lies(from), lies(to)) {
                (None, None) => with_person,
                (None | Some(ByDevice | Everywhere | Asked), Some(Everywhere)) | (Some(Asked), Some(Asked)) => true,
                _ => false,
            };
            if !may {
                faults.push(format!("{from} refers to {to}, which may lie on another machine: {columns:?}"));
            }
            // Also where both lie everywhere: what is of a person refers to what is of the same. (An account may say that it
            // is another one's, too.)
            if of_people(from) && of_people(to) && !with_person && from != to {
                faults.push(format!("{from} refers to {to} without its person: {columns:?}"));
            }
        }
        for (name, ..) in NOT_BY_PERSON.iter().filter(|(name, ..)| !name.is_empty()) {
            if !self.columns.contains_key(*name) {
                faults.push(format!("{name} is in the list, and there is no such table"));
            }
        }
        faults
    }
}

/// All migrations for one kind of database, in the order of their versions; the keys' own database has others.
fn migrations(database: &str) -> Vec<String> {
    let mut steps = BTreeMap::new();
    for member in members() {
        let Ok(files) = std::fs::read_dir(member.folder.join("migrations").join(database)) else { continue };
        for file in files.map(|file| file.expect("an entry").path()) {
            let name = file.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            let version: u32 = name.split('_').next().and_then(|version| version.parse().ok()).expect("a version");
            let step = std::fs::read_to_string(file).expect("statements that read");
            assert!(steps.insert(version, step).is_none(), "two migrations of version {version}");
        }
    }
    steps.into_values().collect()
}

const SQLITE: [&str; 3] = [
    "SELECT tables.name, columns.name FROM sqlite_master tables JOIN pragma_table_info(tables.name) columns \
     WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'",
    "SELECT tables.name, CASE WHEN indices.origin = 'pk' THEN 'key' ELSE 'index' END, \
     (SELECT group_concat(name) FROM pragma_index_info(indices.name)) \
     FROM sqlite_master tables JOIN pragma_index_list(tables.name) indices \
     WHERE tables.type = 'table' AND indices.\"unique\" = 1",
    "SELECT tables.name, keys.\"table\", group_concat(keys.\"from\" || '>' || keys.\"to\") \
     FROM sqlite_master tables JOIN pragma_foreign_key_list(tables.name) keys \
     WHERE tables.type = 'table' GROUP BY tables.name, keys.id",
];

const POSTGRES: [&str; 3] = [
    "SELECT CAST(relname AS TEXT), CAST(attname AS TEXT) FROM pg_class \
     JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped \
     WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind IN ('r', 'p') AND NOT relispartition",
    "SELECT CAST(relname AS TEXT), CASE WHEN indisprimary THEN 'key' ELSE 'index' END, string_agg(CAST(attname AS TEXT), ',') \
     FROM pg_index JOIN pg_class ON pg_class.oid = indrelid \
     JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey) \
     WHERE indisunique AND relnamespace = CAST(current_schema() AS regnamespace) AND NOT relispartition \
     GROUP BY relname, indexrelid, indisprimary",
    "SELECT CAST(here.relname AS TEXT), CAST(there.relname AS TEXT), string_agg(mine.attname || '>' || theirs.attname, ',') \
     FROM pg_constraint JOIN pg_class here ON here.oid = conrelid JOIN pg_class there ON there.oid = confrelid \
     CROSS JOIN LATERAL unnest(conkey, confkey) AS pairs (own, other) \
     JOIN pg_attribute mine ON mine.attrelid = conrelid AND mine.attnum = own \
     JOIN pg_attribute theirs ON theirs.attrelid = confrelid AND theirs.attnum = other \
     WHERE contype = 'f' AND conparentid = 0 AND here.relnamespace = CAST(current_schema() AS regnamespace) \
     GROUP BY here.relname, there.relname, pg_constraint.oid",
];

async fn tables(connection: &mut AnyConnection, statements: [&'static str; 3]) -> Tables {
    let [columns, unique, references] = statements;
    let mut tables = Tables::default();
    let rows: Vec<(String, String)> = sqlx::query_as(columns).fetch_all(&mut *connection).await.expect("columns");
    for (table, column) in rows {
        tables.columns.entry(table).or_default().insert(column);
    }
    let rows: Vec<(String, String, String)> = sqlx::query_as(unique).fetch_all(&mut *connection).await.expect("keys");
    for (table, kind, columns) in rows {
        tables.keyed.extend((kind == "key").then(|| table.clone()));
        tables.unique.push((table, columns.split(',').map(str::to_owned).collect()));
    }
    let rows: Vec<(String, String, String)> =
        sqlx::query_as(references).fetch_all(&mut *connection).await.expect("references");
    for (from, to, columns) in rows {
        let pairs = columns.split(',').filter_map(|pair| pair.split_once('>'));
        let columns = pairs.map(|(own, other)| (own.to_owned(), other.to_owned())).collect();
        tables.references.push(Reference { from, to, columns });
    }
    tables
}

async fn migrated(url: &str, database: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.expect("opens");
    for step in migrations(database) {
        // Each as a whole, as the collector runs it.
        let step = format!("BEGIN;\n{step};\nCOMMIT;");
        sqlx::raw_sql(AssertSqlSafe(step)).execute(&mut connection).await.expect("a migration runs");
    }
    connection
}

fn look(url: &str, database: &str, statements: [&'static str; 3], more: impl AsyncFnOnce(&mut AnyConnection)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let mut connection = migrated(url, database).await;
        let tables = tables(&mut connection, statements).await;
        assert!(tables.columns.len() > 40 && tables.unique.len() > 40, "{tables:?}");
        assert!(tables.references.len() > 20, "{tables:?}");
        assert_eq!(tables.faults(), Vec::<String>::new());
        more(&mut connection).await;
        connection.close().await.expect("closes");
    });
}

async fn count(connection: &mut AnyConnection, statement: &'static str) -> i64 {
    let (count,): (i64,) = sqlx::query_as(statement).fetch_one(connection).await.expect("counts");
    count
}

#[test]
fn on_sqlite_a_person_is_in_every_key_of_what_is_kept_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("all.sqlite").display());
    look(&url, "sqlite", SQLITE, async |connection| {
        // The other kind of number that a database draws by itself.
        let drawn = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_sequence'";
        assert_eq!(count(connection, drawn).await, 0, "AUTOINCREMENT");
    });
}

#[test]
fn on_postgres_a_person_is_in_every_key_and_no_number_or_default_is_drawn_by_the_database() {
    let Some(url) = attune_tests::database::new_on_postgres("spread over machines") else { return };
    look(&url, "postgres", POSTGRES, async |connection| {
        let sequences = "SELECT COUNT(*) FROM pg_class WHERE relkind = 'S' \
                         AND relnamespace = CAST(current_schema() AS regnamespace)";
        assert_eq!(count(connection, sequences).await, 0, "serial numbers are of one machine");
        let called = "SELECT COUNT(*) FROM pg_attrdef WHERE pg_get_expr(adbin, adrelid) LIKE '%(%'";
        assert_eq!(count(connection, called).await, 0, "a default is a constant");
        let generated = "SELECT COUNT(*) FROM pg_trigger WHERE NOT tgisinternal";
        assert_eq!(count(connection, generated).await, 0, "triggers");
        // Parts of a month: this one, the next, and one for what is of another.
        let of_now = "SELECT COUNT(*) FROM pg_class WHERE relispartition AND relkind = 'r' AND relname IN \
                      ('records_of_other_months', 'records_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'), \
                      'records_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '1 month', 'YYYY_MM'))";
        assert_eq!(count(connection, of_now).await, 3);
    });
}

/// What gives another value each time that it is called, or on each machine.
const VOLATILE: [&str; 8] = [
    "random(",
    "now()",
    "clock_timestamp(",
    "gen_random_uuid(",
    "nextval(",
    "current_timestamp",
    "strftime(",
    "datetime(",
];

#[test]
fn no_statement_that_writes_calls_what_differs_from_machine_to_machine() {
    let mut written = 0;
    for member in members().into_iter().filter(|member| member.name != "attune-tests" && member.name != "attune-agent")
    {
        for source in member.roots.iter().flat_map(|root| sources(root)) {
            for statement in source.tokens.iter().filter_map(|token| said(token)) {
                if !["INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().any(|begin| statement.contains(begin)) {
                    continue;
                }
                written += 1;
                let small = statement.to_lowercase();
                let called = VOLATILE.iter().find(|call| small.contains(**call));
                assert_eq!(called, None, "{}: {statement}", source.file.display());
            }
        }
    }
    assert!(written > 100, "{written} statements were found");
}

#[test]
fn faults_of_tables_are_found() {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let mut tables = Tables::default();
    for (name, ..) in NOT_BY_PERSON.iter().filter(|(name, ..)| !name.is_empty()) {
        tables.columns.insert((*name).to_owned(), set(&["id"]));
    }
    for (name, columns) in [("pets", set(&["id", "person"])), ("toys", set(&["id", "person"]))] {
        tables.columns.insert(name.into(), columns);
        tables.keyed.insert(name.into());
        tables.unique.push((name.into(), set(&["id", "person"])));
    }
    let reference = |from: &str, to: &str, columns: &[&str]| Reference {
        from: from.into(),
        to: to.into(),
        columns: columns.iter().map(|column| ((*column).to_owned(), (*column).to_owned())).collect(),
    };
    tables.references = vec![reference("toys", "pets", &["id", "person"]), reference("toys", "teams", &["team"])];
    assert_eq!(tables.faults(), Vec::<String>::new());

    tables.references = vec![
        reference("toys", "pets", &["id"]),
        reference("pets", "logins", &["login"]),
        reference("teams", "pets", &["id", "person"]),
    ];
    tables.unique.push(("toys".into(), set(&["id"])));
    tables.unique.push(("settled".into(), set(&["epoch", "seq"])));
    tables.columns.insert("strays".into(), set(&["id"]));
    let found = tables.faults().join("\n");
    for fault in [
        "toys refers to pets, which may lie",
        "toys refers to pets without its person",
        "pets refers to logins, which may lie",
        "teams refers to pets, which may lie",
        "a key of toys has no person",
        "a key of settled has no device",
        "strays has no person, and is not in the list",
    ] {
        assert!(found.contains(fault), "{fault}: {found}");
    }
}
