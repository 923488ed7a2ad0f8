use std::net::{IpAddr, Ipv4Addr};

use attune_ground::Source;
use attune_ground::store::Write;
use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
use attune_protocol::ids::{DeviceId, Epoch};
use attune_protocol::sign::KeyPair;
use axum::http::{HeaderMap, HeaderValue, header};

use super::*;
use crate::People;
use crate::access::By;
use crate::accounts::{create_code, redeem_code};
use crate::rights::{Asker, Means, Role, Scope};
use crate::sign_in::visit::{Factors, Shown};

const PASSWORD: &str = "correct horse battery";
const YEAR: i64 = 365 * 24 * 60 * 60_000;

async fn databases() -> Vec<Database> {
    Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await
}

/// An account with a password.
async fn made(people: &People, name: &str, roles: &[Role]) -> Login {
    let password = people.hasher.hash(PASSWORD.to_owned()).await.expect("hashed");
    let new = NewLogin { name, user_id: None, mail: None, roles, password: Some(password), may_exist: true };
    let mut transaction = people.store.begin().await.expect("begins");
    let made = create(&mut transaction, &people.keys, &people.own, new).await.expect("made").expect("is new");
    transaction.commit().await.expect("commits");
    found(people, made).await
}

async fn found(people: &People, id: LoginId) -> Login {
    find(&people.store, &people.keys, id).await.expect("reads").expect("is there")
}

async fn run(people: &People, statement: &'static str, number: i64) {
    let mut transaction: Write = people.store.begin().await.expect("begins");
    let done = sqlx::query(statement).bind(number).execute(&mut **transaction).await.expect("changed");
    assert!(done.rows_affected() > 0, "{statement}");
    transaction.commit().await.expect("commits");
}

/// From an address, with a cookie where there is one.
fn from(address: u8, cookie: Option<&HeaderValue>) -> Visit {
    let mut headers = HeaderMap::new();
    if let Some(cookie) = cookie {
        headers.insert(header::COOKIE, cookie.clone());
    }
    Visit::new(&headers, Source::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, address))), false)
}

#[tokio::test]
async fn an_address_that_somebody_else_vouches_for_reaches_no_other_account_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        for (name, mail) in [("kate", Some("Kate@example.org")), ("paul@example.org", None)] {
            let new = NewLogin { name, user_id: None, mail, roles: &[Role::Hr], password: None, may_exist: true };
            let mut transaction = people.store.begin().await.expect("begins");
            let made = create(&mut transaction, &people.keys, &people.own, new).await.expect("made");
            made.expect("is new");
            transaction.commit().await.expect("commits");
        }
        let found = async |mail: &str| {
            let found = logins::find_by_mail(&people.store, &people.keys, &people.own, mail).await.expect("reads");
            found.map(|login| login.name)
        };
        assert_eq!(found("kate@EXAMPLE.org").await.as_deref(), Some("kate"));
        for other in ["\u{212a}ate@example.org", "\u{ff4b}ate@example.org", "paul@example.org", "kat\u{e9}@example.org"]
        {
            assert_eq!(found(other).await, None, "{other}");
        }
    }
}

#[tokio::test]
async fn who_knows_the_password_and_guesses_codes_keeps_the_owner_out_of_no_browser_of_theirs_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let olga = made(people, "olga", &[Role::Employee]).await;
        // Her browser, where she has chosen her password with a link.
        let link = make_link(&people.store, olga.id, false, &By::COMMAND).await.expect("made").expect("may sign in");
        let hash = olga.password.clone().expect("a password");
        let known = people.join(&from(1, None), &link, olga.id, &hash).await.expect("joins").expect("the link holds");
        let mut transaction = people.store.begin().await.expect("begins");
        let codes = totp::set_up(&mut transaction, &people.keys, olga.id).await.expect("set up");
        transaction.commit().await.expect("commits");
        let olga = found(people, olga.id).await;

        let mut refused = 0;
        for _ in 0..12 {
            let problem = people.prove_code(&from(2, None), &olga, "000000").await.expect_err("wrong");
            refused += usize::from(problem.status == 429);
        }
        assert!(refused > 0, "who guesses elsewhere waits");
        people.prove_code(&from(1, Some(&known)), &olga, &codes[0]).await.expect("the owner gets through");
        let elsewhere =
            people.prove_code(&from(3, None), &olga, &codes[1]).await.expect_err("an unknown browser waits");
        assert_eq!(elsewhere.status, 429);
        // Guesses in the known browser are slowed down, too.
        let mut refused = 0;
        for _ in 0..16 {
            let problem = people.prove_code(&from(1, Some(&known)), &olga, "000000").await.expect_err("wrong");
            refused += usize::from(problem.status == 429);
        }
        assert!(refused > 0);
    }
}

#[tokio::test]
async fn who_guesses_at_a_second_factor_from_an_address_that_its_owner_uses_is_slowed_down_and_told_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let ada = made(people, "ada", &[Role::Admin]).await;
        let mut transaction = people.store.begin().await.expect("begins");
        let codes = totp::set_up(&mut transaction, &people.keys, ada.id).await.expect("set up");
        transaction.commit().await.expect("commits");
        let office = from(1, None);
        people.issue_tokens(&office, "ada", PASSWORD.into(), Some(&codes[0])).await.expect("a program of hers");
        let ada = found(people, ada.id).await;
        let told = async || {
            let guessed = guessed_codes(people, 8).await.expect("reads");
            guessed.iter().map(|guessed| (guessed.login, guessed.tries)).collect::<Vec<_>>()
        };
        for tries in 1..=16 {
            let problem = people.prove_code(&office, &ada, "000000").await.expect_err("wrong");
            assert_eq!(problem.status, 401, "{tries}");
            assert_eq!(told().await.len(), usize::from(tries > 8), "{tries}");
            // As if a quarter of an hour had passed.
            run(people, "UPDATE failed_sign_ins SET failed_at = failed_at - $1", 15 * 60_000).await;
        }
        people.prove_code(&office, &ada, &codes[1]).await.expect("the owner's");
        assert_eq!(told().await, [(ada.id, 16)], "and takes nothing back of what others tried");

        for _ in 0..16 {
            let problem = people.prove_code(&office, &ada, "000000").await.expect_err("wrong");
            assert_eq!(problem.status, 401);
            run(people, "UPDATE failed_sign_ins SET failed_at = failed_at - $1", 15 * 60_000).await;
        }
        people.prove_code(&office, &ada, "000000").await.expect_err("wrong");
        let waits = people.prove_code(&office, &ada, "000000").await.expect_err("has to wait");
        assert!(waits.status == 429 && waits.retry_after.is_some_and(|seconds| seconds > 14 * 60), "{waits:?}");
        assert_eq!(told().await, [(ada.id, 33)], "who has to wait has tried nothing");
        people.prove_code(&from(2, None), &ada, &codes[2]).await.expect("elsewhere she does not wait for others");
    }
}

#[tokio::test]
async fn who_guesses_at_a_name_keeps_no_program_out_at_an_address_where_it_has_signed_in_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let _alice = made(people, "alice", &[Role::Employee]).await;
        let sign_in = async |address: u8, password: &str| {
            people.issue_tokens(&from(address, None), "alice", password.into(), None).await
        };
        sign_in(1, PASSWORD).await.expect("signs in");
        for guess in 0..13 {
            let _ = sign_in(2 + guess % 4, "a guess of a password").await.expect_err("wrong");
        }
        let waits = sign_in(9, PASSWORD).await.expect_err("from an address that is not known");
        assert!(waits.status == 429 && waits.retry_after.is_some_and(|seconds| seconds <= 61), "{waits:?}");
        sign_in(1, PASSWORD).await.expect("the program goes on");
        for _ in 0..13 {
            let _ = sign_in(1, "a guess of a password").await.expect_err("wrong");
        }
        let waits = sign_in(1, PASSWORD).await.expect_err("guesses from there are slowed down, too");
        assert!(waits.status == 429 && waits.retry_after.is_some_and(|seconds| seconds <= 61), "{waits:?}");
    }
}

#[tokio::test]
async fn each_of_two_people_with_one_browser_is_known_in_it_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let mut cookie = None;
        for name in ["alice", "bob"] {
            let login = made(people, name, &[Role::Employee]).await;
            let cookies = people.begin_session(&from(1, cookie.as_ref()), &login, Shown::now(Factors::One)).await;
            cookie = cookies.expect("begun").0.pop();
        }
        let wrong = async |visit: Visit, name: &str| {
            people.prove_password(&visit, name, "wrong".into()).await.expect_err("wrong").status
        };
        for _ in 0..15 {
            wrong(from(2, None), "alice").await;
        }
        assert_eq!(wrong(from(3, None), "alice").await, 429, "elsewhere her name waits");
        for name in ["alice", "bob"] {
            let known = from(1, cookie.as_ref());
            people.prove_password(&known, name, PASSWORD.into()).await.expect("is known here");
        }
    }
}

#[tokio::test]
async fn what_asks_for_more_asks_who_has_no_password_to_have_shown_lately_that_it_is_they_on_each_database() {
    const NO_PASSWORD: &str = "UPDATE logins SET password = NULL WHERE $1 = $1";
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let kim = made(people, "kim", &[Role::Employee]).await;
        run(people, NO_PASSWORD, 0).await;
        let kim = found(people, kim.id).await;
        let minutes_ago = |minutes: i64| Some(now_millis() - minutes * 60_000);
        for (at, lets) in [(minutes_ago(1), true), (minutes_ago(11), false), (None, false), (Some(i64::MAX), true)] {
            let visit = from(1, None);
            let shown = Shown::at(Factors::One, at);
            let (cookies, _) = people.begin_session(&visit, &kim, shown).await.expect("signs in all the same");
            let cookie = cookies[0].to_str().expect("text").split(['=', ';']).nth(1).expect("a value").to_owned();
            let session = session::find(&people.store, &cookie).await.expect("reads").expect("holds");
            let proved = people.prove_again(&visit, (kim.id, Some(&session.key)), ("password", "")).await;
            assert_eq!(proved.is_ok(), lets, "{at:?}");
        }
    }
}

#[tokio::test]
async fn what_was_made_while_the_clock_was_ahead_does_not_hold_once_it_is_right_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let (store, own) = (&people.store, &people.own);
        let alice = made(people, "alice", &[Role::Employee]).await;
        let link = make_link(store, alice.id, false, &By::COMMAND).await.expect("made").expect("may sign in");
        let (cookies, stage) =
            people.begin_session(&from(1, None), &alice, Shown::now(Factors::One)).await.expect("begun");
        assert_eq!(stage, Stage::Done);
        let cookie = cookies[0].to_str().expect("text").split(['=', ';']).nth(1).expect("a value").to_owned();
        let (_, told) = people.issue_tokens(&from(1, None), "alice", PASSWORD.into(), None).await.expect("signs in");
        let holds = async || {
            [
                session::find(store, &cookie).await.expect("reads").is_some(),
                tokens::read(store, own, &told.access).await.expect("reads").is_some(),
                links::whose(store, &link).await.expect("reads").is_some(),
            ]
        };
        assert_eq!(holds().await, [true; 3]);
        run(people, "UPDATE login_sessions SET made_at = made_at + $1, ends_at = ends_at + $1", YEAR).await;
        run(people, "UPDATE token_families SET made_at = made_at + $1", YEAR).await;
        run(people, "UPDATE login_links SET expires_at = expires_at + $1", YEAR).await;
        run(people, "UPDATE refresh_tokens SET expires_at = expires_at + $1", YEAR).await;
        assert_eq!(holds().await, [false; 3], "made in the future");
        assert_eq!(people.refresh_tokens(&told.refresh).await.expect_err("of the future").status, 401);
        // Nor do they begin to hold when that future comes.
        let mut transaction = store.begin().await.expect("begins");
        session::tidy(&mut transaction).await.expect("tidied");
        links::tidy(&mut transaction).await.expect("tidied");
        tokens::tidy(&mut transaction).await.expect("tidied");
        transaction.commit().await.expect("commits");
        for table in ["login_sessions", "token_families", "refresh_tokens", "login_links"] {
            assert_eq!(database.count(table).await, 0, "{table}");
        }
        // A step of a second factor that was taken then keeps nobody out now.
        let mut transaction = store.begin().await.expect("begins");
        totp::set_up(&mut transaction, &people.keys, alice.id).await.expect("set up");
        transaction.commit().await.expect("commits");
        run(people, "UPDATE login_totp SET last_step = $1", (now_millis() + YEAR) / 30_000).await;
        let code = totp::code_now(store, &people.keys, alice.id).await;
        let mut transaction = store.begin().await.expect("begins");
        let taken = async |transaction: &mut Write| {
            totp::take(transaction, &people.keys, alice.id, &code, false).await.expect("asked")
        };
        assert!(taken(&mut transaction).await, "the code of now");
        assert!(!taken(&mut transaction).await, "once");
    }
}

#[tokio::test]
async fn what_was_handed_out_before_an_account_was_disabled_is_of_no_use_also_once_it_is_enabled_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let store = &people.store;
        let alice = made(people, "alice", &[Role::Employee]).await;
        let key = KeyPair::generate();
        let redeem = async |code: &str, number: u32| {
            let epoch = Epoch(u64::from(number));
            let request = EnrolRequest::new(DeviceId([1; 16]), key.public(), number, epoch, &Code::of(code));
            redeem_code(store, &people.keys, &request, &[0; 32]).await.expect("answers").0
        };
        let code = async || create_code(store, &people.keys, ("alice", None), 60_000).await.expect("made");
        let (before, link) =
            (code().await, make_link(store, alice.id, false, &By::COMMAND).await.expect("made").expect("may sign in"));
        disable(store, alice.id, &By::COMMAND).await.expect("disabled");
        assert_eq!(redeem(&before, 1).await, EnrolOutcome::CodeRefused);
        let meanwhile = code().await;
        assert_eq!(redeem(&meanwhile, 1).await, EnrolOutcome::CodeRefused, "nothing new senses who is disabled");
        enable(store, alice.id, &By::COMMAND).await.expect("enabled");
        assert_eq!(redeem(&before, 1).await, EnrolOutcome::CodeRefused, "it was spent");
        assert_eq!(links::whose(store, &link).await.expect("reads"), None, "so was the link");
        assert_eq!(redeem(&code().await, 1).await, EnrolOutcome::Accepted, "a new one is of use");
    }
}

#[tokio::test]
async fn whose_answer_goes_on_may_ask_until_they_are_signed_out_and_it_counts_as_no_use_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let kate = made(people, "kate", &[Role::Hr, Role::Employee]).await;
        let signed_in = async || {
            let begun = session::Begun { stage: Stage::Done, role: Role::Hr, shown_at: now_millis(), browser: "" };
            let mut transaction = people.store.begin().await.expect("begins");
            let cookie = session::begin(&mut transaction, &people.keys, kate.id, begun).await.expect("begun");
            transaction.commit().await.expect("commits");
            let key = SessionKey(secret::hash(&cookie));
            let roles = vec![Role::Hr, Role::Employee];
            let means = Means::Login { login: kate.id, person: kate.person, roles, session: Some(key.clone()) };
            (key, Asker::new(means, Scope::Own))
        };
        let may = async |asker: &Asker| may_still_ask(people, asker).await.expect("read");
        let (key, asker) = signed_in().await;
        assert!(may(&asker).await && !may(&Asker::open()).await);
        run(people, "UPDATE login_sessions SET seen_at = seen_at - $1", 5 * 60_000).await;
        assert!(may(&asker).await);
        let (used,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM login_sessions WHERE seen_at > $1")
            .bind(now_millis() - 4 * 60_000)
            .fetch_one(people.store.pool())
            .await
            .expect("counted");
        assert_eq!(used, 0);
        run(people, "UPDATE login_sessions SET seen_at = seen_at - $1", 60 * 60_000).await;
        assert!(!may(&asker).await, "left alone it is signed out");

        run(people, "UPDATE login_sessions SET seen_at = $1", now_millis()).await;
        assert!(may(&asker).await);
        assert!(session::put_on(&people.store, &key, kate.id, Role::Employee).await.expect("put on"));
        assert!(!may(&asker).await, "in a role that is not on");
        let (key, asker) = signed_in().await;
        assert!(may(&asker).await && session::end(&people.store, kate.id, &key).await.expect("ended"));
        assert!(!may(&asker).await, "signed out");
        let (_, asker) = signed_in().await;
        assert!(may(&asker).await && disable(&people.store, kate.id, &By::COMMAND).await.expect("disabled"));
        assert!(!may(&asker).await, "whose account is closed");
    }
}
