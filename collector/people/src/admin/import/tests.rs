use attune_ground::testing::Database;

use super::*;
use crate::People;
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
        let tried = run(people, TABLE.as_bytes(), None).await.expect("reads");
        assert_eq!(held(&database).await, [0; 6], "all of it is taken back");
        assert_eq!(
            (tried.rows, tried.accounts, tried.people, tried.teams, tried.memberships),
            (4, 2, 2, 2, 3),
            "{tried:?}"
        );
        assert!(tried.errors.is_empty() && !tried.done && tried.unchanged == 0, "{tried:?}");

        let other = TABLE.replace("bob", "rob");
        let refused = run(people, other.as_bytes(), Some(&tried.hash)).await.expect_err("another file");
        assert_eq!((refused.status, held(&database).await), (409, [0; 6]));

        let done = run(people, TABLE.as_bytes(), Some(&tried.hash)).await.expect("done");
        assert_eq!(Outcome { done: false, ..done.clone() }, tried, "the same as was tried");
        assert!(done.done);
        assert_eq!(held(&database).await, [2, 3, 2, 2, 3, 4]);
        let logins = list(&people.store, &people.keys).await.expect("reads");
        assert_eq!(logins.iter().map(|login| login.name.as_str()).collect::<Vec<_>>(), ["alice", "mona"]);
        assert!(logins[0].mail.as_deref() == Some("alice@example.org") && logins[0].person.is_some());

        // Once more: all is there.
        let again = run(people, TABLE.as_bytes(), Some(&tried.hash)).await.expect("done");
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
        let tried = run(people, table.as_bytes(), None).await.expect("reads");
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
        let done = run(people, table.as_bytes(), Some(&tried.hash)).await.expect("answers");
        assert!(!done.done && held(&database).await == [0; 6], "{done:?}");
    }
}

#[tokio::test]
async fn what_is_no_table_is_refused_with_what_to_do() {
    let database = databases().await.remove(0);
    let people = &People::on(&database, &[]);
    let refused = async |bytes: &[u8]| {
        let problem = run(people, bytes, None).await.expect_err("refused");
        (problem.status, problem.detail)
    };
    for (bytes, part) in [
        (b"".as_slice(), "are missing"),
        (b"user_id\n", "no row"),
        (b"user_id,boss\na,b\n", "no column `boss`"),
        (b"user_id,USER_ID\na,b\n", "twice"),
        (b"team,since\na,b\n", "are missing"),
        (b"user_id\n\xff\n", "UTF-8"),
    ] {
        let (status, detail) = refused(bytes).await;
        assert!(status == 400 && detail.contains(part), "{status} {detail}");
    }
    let long = format!("user_id\n{}", "a\n".repeat(MOST_ROWS + 1));
    assert_eq!(refused(long.as_bytes()).await.0, 413);
    assert_eq!(refused(&vec![b'a'; LARGEST + 1]).await.0, 413);
    let marked =
        run(people, "\u{feff}user_id\r\nalice\r\n".as_bytes(), None).await.expect("as a spreadsheet writes it");
    assert_eq!(marked.people, 1);
    let wrong = run(people, b"user_id,team,since\r\nalice,,\r\n\r\nbob,Sales,soon\r\n", None).await.expect("reads");
    assert_eq!(wrong.errors.iter().map(|error| error.row).collect::<Vec<_>>(), [4], "as an editor counts");
}
