use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

use super::*;
use crate::access::By;
use crate::accounts::person_of;
use crate::rights::{Asker, Means, Role, Scope};
use crate::sign_in::{self, LoginId, NewLogin};

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn databases() -> Vec<Database> {
    Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await
}

async fn person(database: &Database, user: &str) -> PersonId {
    let mut transaction = database.store.begin().await.expect("begins");
    let person = person_of(&mut transaction, &database.people, user).await.expect("made");
    transaction.commit().await.expect("commits");
    person
}

async fn manager(database: &Database, name: &str) -> LoginId {
    let mut transaction = database.store.begin().await.expect("begins");
    let new = NewLogin { name, user_id: None, mail: None, roles: &[Role::Manager], password: None, may_exist: false };
    let made = sign_in::create(&mut transaction, &database.people, &database.own, new).await.expect("made");
    transaction.commit().await.expect("commits");
    made.expect("is not taken")
}

const fn period(since: i64, until: Option<i64>) -> Period {
    Period { since, until }
}

#[tokio::test]
async fn somebody_is_in_a_team_for_their_time_and_in_several_at_once_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        let (alice, bob) = (person(&database, "alice").await, person(&database, "bob").await);
        let sales = make(store, " Sales ", &By::COMMAND).await.expect("made").expect("is new");
        let berlin = make(store, "Berlin", &By::COMMAND).await.expect("made").expect("is new");
        let add_to = |team, whom, period| add(store, team, Whom::Member(whom), period, &By::COMMAND);
        let first = add_to(sales, alice, period(10 * DAY, Some(20 * DAY))).await.expect("added").expect("free");
        for (since, until) in [(19, Some(25)), (5, Some(11)), (5, None), (12, Some(13)), (10, Some(20))] {
            let refused = add_to(sales, alice, period(since * DAY, until.map(|until| until * DAY))).await;
            let held = period(10 * DAY, Some(20 * DAY));
            assert_eq!(refused.expect("answers"), Err(Refused::Overlaps(held)), "{since} to {until:?}");
        }
        let backwards = add_to(sales, alice, period(30 * DAY, Some(30 * DAY))).await.expect("answers");
        assert_eq!(backwards, Err(Refused::Backwards));
        // One ends where the next begins.
        let second = add_to(sales, alice, period(20 * DAY, None)).await.expect("added").expect("free");
        let _ = add_to(berlin, alice, period(15 * DAY, None)).await.expect("added").expect("another team");
        let _ = add_to(sales, bob, period(0, None)).await.expect("added").expect("another person");

        let mut both = vec![alice, bob];
        both.sort();
        assert_eq!(members_at(store, sales, 10 * DAY).await.expect("reads"), both, "the first instant is in");
        assert_eq!(members_at(store, sales, 10 * DAY - 1).await.expect("reads"), [bob]);
        assert_eq!(members_at(store, sales, 20 * DAY).await.expect("reads"), both);
        let mut teams = vec![sales, berlin];
        teams.sort();
        assert_eq!(teams_of(store, alice, 30 * DAY).await.expect("reads"), teams);
        assert_eq!(teams_of(store, alice, 12 * DAY).await.expect("reads"), [sales]);

        let over = end(store, sales, first, None, &By::COMMAND).await.expect("answers");
        assert_eq!(over, Err(Refused::Overlaps(period(20 * DAY, None))), "it would go on into the next");
        assert_eq!(
            end(store, sales, second, Some(20 * DAY), &By::COMMAND).await.expect("answers"),
            Err(Refused::Backwards)
        );
        assert_eq!(
            end(store, berlin, second, None, &By::COMMAND).await.expect("answers"),
            Err(Refused::NoPeriod),
            "of another team"
        );
        end(store, sales, second, Some(40 * DAY), &By::COMMAND).await.expect("ends").expect("is there");
        assert_eq!(members_at(store, sales, 40 * DAY).await.expect("reads"), [bob], "the end is outside");
        take_back(store, sales, first, &By::COMMAND).await.expect("taken back").expect("is there");
        assert_eq!(take_back(store, sales, first, &By::COMMAND).await.expect("answers"), Err(Refused::NoPeriod));
        assert_eq!(members_at(store, sales, 10 * DAY).await.expect("reads"), [bob]);
        let stranger = add_to(sales, PersonId([7; 16]), period(0, None)).await.expect("answers");
        assert_eq!(stranger, Err(Refused::Nobody));

        let mut transaction = store.begin().await.expect("begins");
        forget_person(&mut transaction, alice).await.expect("forgotten");
        transaction.commit().await.expect("commits");
        assert!(teams_of(store, alice, 30 * DAY).await.expect("reads").is_empty());
    }
}

#[tokio::test]
async fn whatever_becomes_of_teams_shows_in_how_they_stand_and_nothing_else_does_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        let (alice, bob) = (person(&database, "alice").await, person(&database, "bob").await);
        let mut before = rosters(store).await.expect("reads");
        let mut moved = async |what: &str| {
            let now = rosters(store).await.expect("reads");
            assert!(std::mem::replace(&mut before, now) != now, "{what}");
            assert_eq!(rosters(store).await.expect("reads"), now, "{what}");
        };
        let team = make(store, "Sales", &By::COMMAND).await.expect("made").expect("is new");
        moved("made").await;
        let put = |whom, since| add(store, team, Whom::Member(whom), period(since, None), &By::COMMAND);
        let place = put(alice, 20 * DAY).await.expect("added").expect("free");
        moved("added").await;
        let _ = put(bob, 10 * DAY).await.expect("added").expect("free");
        moved("added another").await;
        let all: Vec<_> =
            memberships(store).await.expect("reads").into_iter().map(|of| (of.person, of.period)).collect();
        assert_eq!(all, [(bob, period(10 * DAY, None)), (alice, period(20 * DAY, None))], "who came first is first");
        end(store, team, place, Some(30 * DAY), &By::COMMAND).await.expect("ends").expect("is there");
        moved("ended").await;
        take_back(store, team, place, &By::COMMAND).await.expect("taken back").expect("is there");
        moved("taken back").await;
        rename(store, team, "Service", &By::COMMAND).await.expect("renamed").expect("is free");
        moved("renamed").await;
        let mut transaction = store.begin().await.expect("begins");
        forget_person(&mut transaction, bob).await.expect("forgotten");
        transaction.commit().await.expect("commits");
        moved("forgotten").await;
        close(store, team, &By::COMMAND).await.expect("closed").expect("is open");
        moved("closed").await;
    }
}

#[tokio::test]
async fn of_two_who_put_somebody_into_a_team_at_once_one_is_refused_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        let alice = person(&database, "alice").await;
        let team = make(store, "Sales", &By::COMMAND).await.expect("made").expect("is new");
        let put = |since| add(store, team, Whom::Member(alice), period(since, None), &By::COMMAND);
        let (one, other) = tokio::join!(put(DAY), put(2 * DAY));
        let taken = [one, other].into_iter().filter(|done| matches!(done, Ok(Ok(_)))).count();
        assert_eq!((taken, database.count("team_members").await), (1, 1));
    }
}

#[tokio::test]
async fn who_leads_a_team_asks_for_it_as_long_as_they_do_and_for_no_other_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        let (now, login) = (now_millis(), manager(&database, "mona").await);
        let [led, other] = [make(store, "Sales", &By::COMMAND).await, make(store, "Berlin", &By::COMMAND).await]
            .map(|made| made.expect("made").expect("new"));
        let place = add(store, led, Whom::Manager(login), period(now - DAY, None), &By::COMMAND)
            .await
            .expect("added")
            .expect("free");
        let twice = add(store, led, Whom::Manager(login), period(now, None), &By::COMMAND).await.expect("answers");
        assert!(matches!(twice, Err(Refused::Overlaps(_))), "{twice:?}");
        assert_eq!(led_by(store, login, now).await.expect("reads"), [led]);
        assert!(led_by(store, login, now - 2 * DAY).await.expect("reads").is_empty());

        let means = Means::Login { login, person: None, roles: vec![Role::Manager], session: None };
        let asked = |scope| {
            let asker = Asker::new(means.clone(), scope);
            async move { of_asker(store, &asker).await.expect("reads") }
        };
        assert_eq!(asked(Scope::OwnTeams).await, Some(vec![led]));
        assert_eq!(asked(Scope::All).await, None);
        assert_eq!(asked(Scope::Own).await, Some(Vec::new()));
        end(store, led, place, Some(now), &By::COMMAND).await.expect("ends").expect("is there");
        assert_eq!(asked(Scope::OwnTeams).await, Some(Vec::new()), "who led it once sees nothing of now");
        assert_ne!(led, other);
    }
}

#[tokio::test]
async fn two_teams_that_are_not_closed_have_two_names_and_one_that_is_closed_changes_no_more_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        let (alice, login) = (person(&database, "alice").await, manager(&database, "mona").await);
        let first = make(store, "Zo\u{eb}s Team", &By::COMMAND).await.expect("made").expect("is new");
        assert_eq!(make(store, "ZOE\u{308}S team", &By::COMMAND).await.expect("answers"), Err(Refused::Taken));
        for wrong in ["", " ", "a\nb", &"x".repeat(LONGEST_NAME + 1)] {
            assert_eq!(make(store, wrong, &By::COMMAND).await.expect("answers"), Err(Refused::Name), "{wrong:?}");
        }
        let second = make(store, "Berlin", &By::COMMAND).await.expect("made").expect("is new");
        assert_eq!(rename(store, second, "zo\u{eb}s team", &By::COMMAND).await.expect("answers"), Err(Refused::Taken));
        rename(store, first, "ZO\u{cb}S TEAM", &By::COMMAND)
            .await
            .expect("renamed")
            .expect("its own name in other letters");
        rename(store, second, "Paris", &By::COMMAND).await.expect("renamed").expect("is free");

        let now = now_millis();
        for (whom, since) in [
            (Whom::Member(alice), now - DAY),
            (Whom::Manager(login), now - DAY),
            (Whom::Member(person(&database, "bob").await), now + DAY),
        ] {
            let _ = add(store, first, whom, period(since, None), &By::COMMAND).await.expect("added").expect("free");
        }
        close(store, first, &By::COMMAND).await.expect("closed").expect("is open");
        let places = held(store, first).await.expect("reads");
        assert_eq!(places.len(), 2, "who was to come later does not");
        assert!(places.iter().all(|place| place.period.until.is_some()), "{places:?}");
        assert_eq!(members_at(store, first, now - 1).await.expect("reads"), [alice], "what was stays");
        assert!(members_at(store, first, now_millis() + 1).await.expect("reads").is_empty());
        assert_eq!(close(store, first, &By::COMMAND).await.expect("answers"), Err(Refused::Closed));
        assert_eq!(rename(store, first, "Rome", &By::COMMAND).await.expect("answers"), Err(Refused::Closed));
        let late =
            add(store, first, Whom::Member(alice), period(now + DAY, None), &By::COMMAND).await.expect("answers");
        assert_eq!(late, Err(Refused::Closed));
        let again = make(store, "Zo\u{eb}s team", &By::COMMAND).await.expect("made").expect("the name is free again");
        let listed = list(store, now_millis()).await.expect("reads");
        let ids: Vec<TeamId> = listed.iter().map(|one| one.team.id).collect();
        assert_eq!(ids, [second, again, first], "by name, closed ones last");
        assert_eq!(close(store, TeamId([9; 16]), &By::COMMAND).await.expect("answers"), Err(Refused::NoTeam));
    }
}
