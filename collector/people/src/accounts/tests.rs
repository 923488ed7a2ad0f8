//! Nobody is two people because their user id was written in letters of another case.

use attune_ground::testing::Database;
use attune_protocol::ids::PersonId;

use super::*;
use crate::rights::Role;
use crate::sign_in::{NewLogin, create, find};
use crate::{People, PeopleError};

async fn databases() -> Vec<Database> {
    Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await
}

async fn made(database: &Database, user: &str) -> Result<PersonId, PeopleError> {
    let mut transaction = database.store.begin().await?;
    let person = person_of(&mut transaction, &database.people, user).await?;
    transaction.commit().await?;
    Ok(person)
}

/// Makes two people as earlier versions did, whose user ids differ in capital letters only.
pub(crate) async fn two_alike(database: &Database, users: [&str; 2]) -> [PersonId; 2] {
    let first = made(database, users[0]).await.expect("made");
    let second = made(database, "somebody else").await.expect("made");
    let key = database.people.of(second).await.expect("their key");
    sqlx::query("UPDATE accounts SET user_tag = $2, folded_tag = $3, sole = NULL, sealed = $4 WHERE person = $1")
        .bind(second.0.to_vec())
        .bind(user_tag(&database.people, users[1]))
        .bind(folded_tag(&database.people, users[1]))
        .bind(key.seal(&user_context(second), users[1].as_bytes()))
        .execute(database.store.pool())
        .await
        .expect("as of before");
    [first, second]
}

#[tokio::test]
async fn whoever_makes_somebody_in_letters_of_another_case_finds_who_is_there_on_each_database() {
    for database in databases().await {
        let (store, keys) = (&database.store, &database.people);
        let alice = made(&database, "ALICE").await.expect("made");
        for written in ["alice", "Alice", "ALICE", "\u{ff21}lice"] {
            assert_eq!(made(&database, written).await.expect("found"), alice, "{written}");
            assert_eq!(find_person(store, keys, written).await.expect("found"), Some(alice), "{written}");
        }
        create_code(store, keys, ("alice", None), 60_000).await.expect("made");
        create_code(store, keys, ("aLICE", Some(alice)), 60_000).await.expect("one's own, however it is written");
        assert_eq!(database.count("accounts").await, 1);
        assert_eq!(user_of(store, keys, alice).await.expect("opens").as_deref(), Some("ALICE"), "as it came first");
        let asked = ["alice".to_owned(), "bob".to_owned()];
        assert_eq!(find_people(store, keys, &asked).await.expect("found"), [Some(alice), None]);
    }
}

#[tokio::test]
async fn an_account_is_of_who_is_there_in_letters_of_another_case_unless_people_make_it_themselves_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let alice = made(&database, "ALICE").await.expect("made");
        let new = |may_exist| NewLogin {
            name: "alice",
            user_id: None,
            mail: None,
            roles: &[Role::Employee],
            password: Some("a hash".into()),
            may_exist,
        };
        let make = async |may_exist| {
            let mut transaction = database.store.begin().await.expect("begins");
            let made = create(&mut transaction, &people.keys, &people.own, new(may_exist)).await.expect("answers");
            transaction.commit().await.expect("commits");
            made
        };
        assert!(make(false).await.is_err(), "what HR gave of ALICE is not for whoever calls themselves alice");
        let id = make(true).await.expect("made");
        let login = find(&people.store, &people.keys, id).await.expect("reads").expect("there");
        assert_eq!((login.person, database.count("accounts").await), (Some(alice), 1));
    }
}

#[tokio::test]
async fn two_who_make_one_at_once_in_letters_of_another_case_make_one_on_each_database() {
    for database in databases().await {
        for round in 0..10 {
            let names = ["a", "A"].map(|letter| format!("{letter}lice{round}"));
            let (one, other) = tokio::join!(made(&database, &names[0]), made(&database, &names[1]));
            assert_eq!(one.expect("made"), other.expect("made"), "round {round}");
        }
        assert_eq!(database.count("accounts").await, 10);
    }
}

#[tokio::test]
async fn of_two_of_an_earlier_version_each_is_found_as_it_is_written_and_a_third_is_refused_on_each_database() {
    for database in databases().await {
        let (store, keys) = (&database.store, &database.people);
        let [upper, lower] = two_alike(&database, ["ABC", "abc"]).await;
        assert_eq!(made(&database, "ABC").await.expect("found"), upper);
        assert_eq!(made(&database, "abc").await.expect("found"), lower);
        assert!(matches!(made(&database, "Abc").await, Err(PeopleError::Alike)));
        assert_eq!(find_person(store, keys, "Abc").await.expect("answers"), None);
        let asked = ["abc", "Abc", "x"].map(str::to_owned);
        let wanted = [Meant::One(lower), Meant::Several, Meant::Nobody];
        assert_eq!(meant(store, keys, &asked).await.expect("answers"), wanted);
        assert_eq!(alike(store).await.expect("counts"), 1);

        let mut transaction = store.begin().await.expect("begins");
        forget_user(&mut transaction, upper).await.expect("forgotten");
        transaction.commit().await.expect("commits");
        assert_eq!(made(&database, "Abc").await.expect("found"), lower, "one of them is left");
        assert_eq!(alike(store).await.expect("counts"), 0);
    }
}
