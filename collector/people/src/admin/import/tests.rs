use attune_ground::testing::Database;

use super::*;
use crate::People;
use crate::access::By;
use crate::sign_in::list;

const TABLE: &str = "user_id,account,email,roles,team,since,until\n\
    4711,alice,alice@example.org,employee,Sales,2026-03-01,\n\
    4711,alice,,,Berlin,2026-03-01,2026-03-31\n\
    ,mona,,manager hr,,,\n\
    \n\
    bob,,,,sales,2026-04-01,\n";

async fn databases() -> Vec<Database> {
    Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await
}

/// What a database holds of it.
async fn held(database: &Database) -> [i64; 6] {
    [
        database.count("logins").await,
        database.count("login_roles").await,
        database.count("accounts").await,
        database.count("teams").await,
        database.count("team_members").await,
        database.count_keys().await.try_into().expect("few"),
    ]
}

#[tokio::test]
async fn a_dry_run_tells_what_the_import_makes_and_makes_nothing_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let tried = run(people, TABLE.as_bytes(), None, &By::COMMAND).await.expect("reads");
        assert_eq!(held(&database).await, [0; 6], "all of it is taken back");
        assert_eq!(
            (tried.rows, tried.accounts, tried.people, tried.teams, tried.memberships),
            (4, 2, 2, 2, 3),
            "{tried:?}"
        );
        assert!(tried.errors.is_empty() && !tried.done && tried.unchanged == 0, "{tried:?}");

        let other = TABLE.replace("bob", "rob");
        let refused = run(people, other.as_bytes(), Some(&tried.hash), &By::COMMAND).await.expect_err("another file");
        assert_eq!((refused.status, held(&database).await), (409, [0; 6]));

        let done = run(people, TABLE.as_bytes(), Some(&tried.hash), &By::COMMAND).await.expect("done");
        assert_eq!(Outcome { done: false, ..done.clone() }, tried, "the same as was tried");
        assert!(done.done);
        assert_eq!(held(&database).await, [2, 3, 2, 2, 3, 4]);
        let logins = list(&people.store, &people.keys).await.expect("reads");
        assert_eq!(logins.iter().map(|login| login.name.as_str()).collect::<Vec<_>>(), ["alice", "mona"]);
        assert!(logins[0].mail.as_deref() == Some("alice@example.org") && logins[0].person.is_some());

        // Another address of mail is no change that a table makes in silence.
        let other = TABLE.replace("alice@example.org", "alice@example.net");
        let refused = run(people, other.as_bytes(), None, &By::COMMAND).await.expect("reads");
        assert_eq!(refused.errors.iter().map(|error| error.column.as_str()).collect::<Vec<_>>(), ["email"]);

        // Once more: all is there.
        let again = run(people, TABLE.as_bytes(), Some(&tried.hash), &By::COMMAND).await.expect("done");
        assert_eq!((again.unchanged, again.accounts, again.teams, again.memberships), (4, 0, 0, 0), "{again:?}");
        assert_eq!(held(&database).await, [2, 3, 2, 2, 3, 4]);
    }
}

#[tokio::test]
async fn every_row_that_is_wrong_is_named_with_its_column_and_then_nothing_is_done_on_each_database() {
    let table = "account;user_id;roles;team;since;until;email\n\
        ;good;;Sales;2026-03-01;;\n\
        ;;;;;;x@example.org\n\
        carl;;boss;;;;\n\
        dora;;;;;;\n\
        ;good;;Sales;2026-03-15;;\n\
        ;good;;Paris;15.3.2026;;\n\
        ;good;;Paris;2026-03-15;2026-03-14;\n\
        emil;;hr;Paris;2026-03-15;;\n\
        ;good;;;2026-03-15;;\n\
        fred;77;hr;;;;\n\
        ;good;too;few\n\
        gina;;employee;;;;nobody\n\
        ;\"open\n;good;;;;;\n";
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let tried = run(people, table.as_bytes(), None, &By::COMMAND).await.expect("reads");
        let found: Vec<(u64, &str)> = tried.errors.iter().map(|error| (error.row, error.column.as_str())).collect();
        let wanted = [
            (3, "email"),
            (4, "roles"),
            (5, "roles"),
            (6, "since"),
            (7, "since"),
            (8, "until"),
            (9, "team"),
            (10, "since"),
            (11, "roles"),
            (12, ""),
            (13, "email"),
            (14, ""),
        ];
        assert_eq!(found, wanted, "{:?}", tried.errors);
        let done = run(people, table.as_bytes(), Some(&tried.hash), &By::COMMAND).await.expect("answers");
        assert!(!done.done && held(&database).await == [0; 6], "{done:?}");
    }
}

#[tokio::test]
async fn what_is_no_table_is_refused_with_what_to_do() {
    let database = databases().await.remove(0);
    let people = &People::on(&database, &[]);
    let refused = async |bytes: &[u8]| {
        let problem = run(people, bytes, None, &By::COMMAND).await.expect_err("refused");
        (problem.status, problem.detail)
    };
    for (bytes, part) in [
        (b"".as_slice(), "names neither"),
        (b"user_id\n", "no row"),
        (b"user_id,boss\na,b\n", "no column `boss`"),
        (b"user_id,USER_ID\na,b\n", "twice"),
        (b"team,since\na,b\n", "names neither"),
        (b"alice,alice@example.org\n", "must name the columns"),
        (b"user_id\n\xff\n", "UTF-8"),
    ] {
        let (status, detail) = refused(bytes).await;
        assert!(status == 400 && detail.contains(part), "{status} {detail}");
    }
    let long = format!("user_id\n{}", "a\n".repeat(MOST_ROWS + 1));
    for too_long in [long.into_bytes(), vec![b'a'; LARGEST + 1]] {
        let (status, detail) = refused(&too_long).await;
        assert!(status == 413 && detail.contains("cut it into several, each with the line of heads"), "{detail}");
    }
    let marked = run(people, "\u{feff}user_id\r\nalice\r\n".as_bytes(), None, &By::COMMAND)
        .await
        .expect("as a spreadsheet writes it");
    assert_eq!(marked.people, 1);
    let wrong = run(people, b"user_id,team,since\r\nalice,,\r\n\r\nbob,Sales,soon\r\n", None, &By::COMMAND)
        .await
        .expect("reads");
    assert_eq!(wrong.errors.iter().map(|error| error.row).collect::<Vec<_>>(), [4], "as an editor counts");
}

#[tokio::test]
async fn two_tables_that_name_the_same_people_in_another_order_are_both_taken_in_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        for round in 0..3 {
            let rows: Vec<String> = (0..40).map(|row| format!("u{round}-{row},Sales,2026-03-01")).collect();
            let backwards: Vec<String> = rows.iter().rev().cloned().collect();
            let tables = [rows, backwards].map(|rows| format!("user_id,team,since\n{}\n", rows.join("\n")));
            let import = async |table: &str| {
                // Its try would make the two come one after the other.
                run(people, table.as_bytes(), Some(&hash_of(people, table)), &By::COMMAND).await
            };
            let (one, other) = tokio::join!(import(&tables[0]), import(&tables[1]));
            assert!(one.expect("taken in").done && other.expect("taken in").done);
        }
        assert_eq!((database.count("accounts").await, database.count("team_members").await), (120, 120));
    }
}

/// By what a table is confirmed.
fn hash_of(people: &People, table: &str) -> String {
    data_encoding::HEXLOWER.encode(&people.own.tag("import of people", table.as_bytes()))
}

#[tokio::test]
async fn who_differs_in_capital_letters_only_is_one_and_names_that_nobody_sees_are_none_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let take = async |table: &str| run(people, table.as_bytes(), Some(&hash_of(people, table)), &By::COMMAND).await;
        let done = take("user_id,account,roles,team,since\ndora,,,Sales,2026-03-01\nDora,,,Berlin,2026-03-01\n").await;
        let done = done.expect("taken in");
        assert_eq!((done.done, done.people, done.memberships), (true, 1, 2), "{done:?}");
        let done = take("user_id,account,roles\nDORA,Dora,employee\n").await.expect("taken in");
        assert_eq!((done.done, done.people, done.accounts), (true, 0, 1), "{done:?}");
        assert_eq!(database.count("accounts").await, 1, "one person");
        let logins = list(&people.store, &people.keys).await.expect("reads");
        assert!(logins[0].name == "Dora" && logins[0].person.is_some());
        // Two that differ were made by an earlier version: which of them a row means cannot be told.
        crate::accounts::two_alike(&database, ["ABC", "abc"]).await;
        let tried = take("user_id\nAbc\n").await.expect("reads");
        assert_eq!((tried.done, tried.errors[0].column.as_str()), (false, "user_id"), "{tried:?}");
        assert!(take("user_id\nabc\n").await.expect("taken in").done);
        for unseen in ['\u{200b}', '\u{202e}', '\u{feff}'] {
            let table = format!("user_id,account,roles\nx{unseen},,\n,y{unseen},employee\n");
            let tried = take(&table).await.expect("reads");
            let columns: Vec<&str> = tried.errors.iter().map(|error| error.column.as_str()).collect();
            assert_eq!((tried.done, columns), (false, vec!["user_id", "account"]), "{tried:?}");
        }
    }
}
