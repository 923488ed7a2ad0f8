use attune_ground::holdings::{Parcel, Piece};
use attune_ground::retention::Age;
use attune_ground::time::now_millis;
use attune_ground::{Answering, Listener};
use attune_people::access::{self, Of};
use attune_people::rights::{Asker, Means, Scope};

use super::*;
use crate::letters::{self, Letter, MOST_AN_HOUR, MOST_LETTERS, Page, Side, Thread, ThreadId, Writer};
use crate::{aging, bell, holdings};

impl Here {
    fn asker(&self) -> Asker {
        let means = Means::Login { login: self.hanna, person: None, roles: vec![Role::Hr], session: None };
        Asker::new(means, Scope::All).at("POST", "/hr/letters")
    }

    async fn write(&self, side: Side, nonce: u8, text: &str) -> Result<ThreadId, Problem> {
        let asker = self.asker();
        letters::open(&self.state, self.alice, self.writer(side, &asker), "Leave", &letter(nonce, text)).await
    }

    async fn reply(&self, side: Side, nonce: u8, text: &str) -> Result<(), Problem> {
        let (asker, thread) = (self.asker(), self.thread().await);
        letters::reply(&self.state, &thread, self.writer(side, &asker), &letter(nonce, text)).await
    }

    fn writer<'a>(&self, side: Side, asker: &'a Asker) -> Writer<'a> {
        match side {
            Side::Person => Writer::Person(self.login),
            Side::Hr => Writer::Hr(asker),
        }
    }

    async fn threads(&self) -> Vec<Thread> {
        letters::of_person(&self.database.store, &self.database.people, self.alice).await.expect("reads")
    }

    /// The one in which something was written last.
    async fn thread(&self) -> Thread {
        self.threads().await.remove(0)
    }

    async fn find(&self, id: &ThreadId, of: Option<&[PersonId]>) -> Result<Thread, Problem> {
        letters::find(&self.state, &letters::written(id), of).await
    }

    /// Opens a page of it.
    async fn read(&self, side: Side, before: Option<i64>) -> Page {
        letters::page(&self.state, &self.thread().await, side, before).await.expect("reads")
    }

    async fn texts(&self) -> Vec<(Side, String)> {
        let (thread, all) = (self.thread().await, (i64::MAX, MOST_LETTERS));
        let all = letters::letters(&self.database.store, &self.database.people, (self.alice, &thread.id), all).await;
        let said = |of: letters::Opened| (of.side, of.said.map_or_else(String::new, |said| said.text));
        all.expect("reads").into_iter().map(said).collect()
    }

    /// How much rings for somebody who answers for these.
    async fn rings(&self, person: Option<PersonId>, teams: Answering) -> u64 {
        let listener = Listener { login: self.hanna.0, person, teams };
        bell::count(&self.database.store, &listener).await.expect("counted")
    }
}

fn letter(nonce: u8, text: &str) -> Letter {
    Letter { nonce: [nonce; 16], text: text.into() }
}

#[tokio::test]
async fn both_sides_write_and_see_what_the_other_has_read_on_each_database() {
    for here in Here::each().await {
        here.write(Side::Person, 1, "May I?").await.expect("written");
        here.read(Side::Hr, None).await;
        here.reply(Side::Hr, 2, "Yes.").await.expect("written");
        assert_eq!(here.texts().await, [(Side::Person, "May I?".to_owned()), (Side::Hr, "Yes.".to_owned())]);
        let thread = here.threads().await.remove(0);
        assert_eq!(thread.subject.as_deref(), Some("Leave"));
        assert!(thread.waits_for(Side::Person) && thread.read_by(Side::Hr) == 2, "nobody's own letter waits for them");
        assert_eq!(here.rings(Some(here.alice), Answering::ForNone).await, 1);
        assert_eq!(here.rings(None, Answering::ForAll).await, 0);
        let page = here.read(Side::Person, None).await;
        assert_eq!(page.letters.iter().map(|of| page.writer(of)).collect::<Vec<_>>(), [Some("alice"), Some("hanna")]);
        let thread = here.thread().await;
        assert!(!thread.waits_for(Side::Person) && thread.read_by(Side::Person) == 2);
        here.reply(Side::Person, 3, "Thank you.").await.expect("written");
        assert_eq!(here.rings(None, Answering::ForAll).await, 1);
        assert_eq!(here.rings(None, Answering::ForLed).await, 0, "nobody but HR");
        let all = letters::of_everybody(&here.state, i64::MAX).await.expect("reads");
        assert_eq!(all.threads.iter().map(|(_, user)| user.as_deref()).collect::<Vec<_>>(), [Some("alice")]);
    }
}

#[tokio::test]
async fn a_letter_that_is_sent_twice_is_one_and_two_at_once_are_two_on_each_database() {
    for here in Here::each().await {
        for _ in 0..2 {
            here.write(Side::Person, 1, "May I?").await.expect("written");
            here.reply(Side::Hr, 2, "Yes.").await.expect("written");
        }
        assert_eq!(here.texts().await.len(), 2);
        for (side, text) in [(Side::Person, "May we?"), (Side::Hr, "May I?")] {
            let kept = here.write(side, 1, text).await.expect_err("it would be dropped, and look sent");
            assert_eq!((kept.status, kept.field.as_deref()), (409, Some("text")));
        }
        assert_eq!(here.reply(Side::Hr, 2, "No.").await.expect_err("nor does it say yes").status, 409);
        let (one, other) = tokio::join!(here.reply(Side::Person, 3, "a"), here.reply(Side::Hr, 4, "b"));
        one.expect("written");
        other.expect("written");
        assert_eq!(here.texts().await.len(), 4);
        let mut gone = here.thread().await;
        gone.id = [7; 16];
        let none = letters::reply(&here.state, &gone, Writer::Person(here.login), &letter(9, "x")).await;
        assert_eq!(none.expect_err("there is no such thread").status, 404);
    }
}

#[tokio::test]
async fn a_thread_has_an_id_that_nobody_chooses_and_is_found_by_its_own_sides_alone_on_each_database() {
    for here in Here::each().await {
        let login = known(&here.database, "bob", Role::Employee).await;
        let bob = sign_in::find(&here.database.store, &here.database.people, login).await.expect("reads");
        let bob = bob.and_then(|found| found.person).expect("he is sensed");
        let id = here.write(Side::Person, 1, "May I?").await.expect("written");
        let of_bob = letters::open(&here.state, bob, Writer::Person(login), "Leave", &letter(1, "May I?")).await;
        let of_bob = of_bob.expect("the same nonce of somebody else is another letter");
        assert!(id != of_bob && id != [1; 16] && of_bob != [1; 16]);
        assert_eq!(here.write(Side::Person, 1, "May I?").await.expect("it came"), id);

        let own = here.find(&id, Some(&[here.alice])).await.expect("is hers");
        assert_eq!((own.person, own.id), (here.alice, id));
        assert_eq!(here.find(&of_bob, None).await.expect("HR finds each").person, bob);
        for wrong in [of_bob, [1; 16]] {
            assert_eq!(here.find(&wrong, Some(&[here.alice])).await.expect_err("is none of hers").status, 404);
        }
        for wrong in [String::new(), "\0".repeat(1 << 20), "\u{661}".repeat(32)] {
            assert_eq!(letters::find(&here.state, &wrong, None).await.expect_err("is none").status, 404);
        }
    }
}

#[tokio::test]
async fn a_long_thread_is_read_in_pages_to_its_oldest_letter_and_is_read_up_to_what_was_seen_on_each_database() {
    for here in Here::each().await {
        let id = here.write(Side::Person, 1, "May I?").await.expect("written");
        let mut transaction = here.database.store.begin().await.expect("begins");
        for number in 2..=120_i64 {
            sqlx::query(
                "INSERT INTO letters (person, thread, number, nonce, by_hr, at, sealed) VALUES ($1, $2, $3, $4, 1, $3, $4)",
            )
            .bind(here.alice.0.to_vec())
            .bind(id.to_vec())
            .bind(number)
            .bind(number.to_be_bytes().to_vec())
            .execute(&mut **transaction)
            .await
            .expect("written");
        }
        sqlx::query("UPDATE letter_threads SET letters = 120, last_of_hr = 120")
            .execute(&mut **transaction)
            .await
            .expect("counted");
        transaction.commit().await.expect("commits");

        let read_up_to = async || here.thread().await.read_by(Side::Person);
        here.read(Side::Person, Some(21)).await;
        assert_eq!(read_up_to().await, 20, "and not what comes behind it");
        for (before, end) in [(i64::MIN, 20), (0, 20), (i64::MAX, 120)] {
            here.read(Side::Person, Some(before)).await;
            assert_eq!(read_up_to().await, end, "{before}");
        }
        let (mut seen, mut before, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = here.read(Side::Person, before).await;
            assert!(page.letters.is_sorted_by_key(|of| of.number));
            seen.extend(page.letters.iter().map(|of| of.number));
            pages += 1;
            if page.earlier.is_none() {
                assert_eq!(page.letters[0].said.as_ref().map(|said| said.text.as_str()), Some("May I?"));
                break;
            }
            before = page.earlier;
        }
        seen.sort_unstable();
        assert_eq!((seen, pages), ((1..=120).collect::<Vec<i64>>(), 3));
        assert_eq!((read_up_to().await, here.thread().await.read_by(Side::Hr)), (120, 0), "one side reads for itself");
    }
}

#[tokio::test]
async fn a_letter_that_comes_while_a_thread_is_opened_is_not_read_unseen_on_each_database() {
    for here in Here::each().await {
        here.write(Side::Person, 1, "May I?").await.expect("written");
        here.reply(Side::Hr, 2, "Yes.").await.expect("written");
        let opened = here.thread().await;
        here.read(Side::Person, None).await;
        here.reply(Side::Hr, 3, "No.").await.expect("written");
        letters::page(&here.state, &opened, Side::Person, Some(3)).await.expect("reads");
        assert!(here.thread().await.waits_for(Side::Person), "what was opened before did not show it");
        let page = letters::page(&here.state, &opened, Side::Person, None).await.expect("reads");
        assert_eq!(page.letters.last().map(|of| of.number), Some(3));
        assert!(!here.thread().await.waits_for(Side::Person), "this one did");
    }
}

#[tokio::test]
async fn a_letter_that_comes_while_an_answer_is_written_is_not_read_by_that_on_each_database() {
    for here in Here::each().await {
        here.write(Side::Person, 1, "May I?").await.expect("written");
        here.reply(Side::Hr, 2, "Yes.").await.expect("written");
        here.reply(Side::Person, 3, "Well?").await.expect("written");
        let thread = here.thread().await;
        assert!(thread.waits_for(Side::Person) && thread.read_by(Side::Person) == 1, "{thread:?}");
        assert!(thread.waits_for(Side::Hr) && thread.read_by(Side::Hr) == 0, "{thread:?}");
        for side in [Side::Person, Side::Hr] {
            here.read(side, None).await;
            assert!(!here.thread().await.waits_for(side));
        }
        here.reply(Side::Person, 4, "Thank you.").await.expect("written");
        assert_eq!(here.thread().await.read_by(Side::Person), 4);
    }
}

#[tokio::test]
async fn letters_are_bounded_in_length_and_in_rate_on_each_database() {
    for here in Here::each().await {
        for text in [String::new(), "\0\u{200b}".to_owned(), "a".repeat(4001), "a".repeat(1 << 20)] {
            assert_eq!(here.write(Side::Person, 1, &text).await.expect_err("it does not read").status, 400);
        }
        here.write(Side::Person, 1, &"\u{1f600}".repeat(4000)).await.expect("it fits");
        for nonce in 2..=MOST_AN_HOUR {
            let nonce = u8::try_from(nonce).expect("few");
            here.reply(Side::Person, nonce, "\u{202e}\u{5d0} <b>").await.expect("written");
        }
        let refused = here.reply(Side::Person, 99, "more").await.expect_err("too many");
        assert!(refused.status == 429 && refused.retry_after.is_some(), "{refused:?}");
        here.reply(Side::Hr, 100, "less").await.expect("the other side may");
        here.reply(Side::Person, 2, "\u{202e}\u{5d0} <b>").await.expect("one that came is no other");
        here.change("UPDATE letters SET at = at - $1", HOUR).await;
        here.reply(Side::Person, 101, "later").await.expect("written");
    }
}

#[tokio::test]
async fn what_hr_writes_is_on_record_and_who_is_none_of_hr_any_more_writes_nothing_on_each_database() {
    for here in Here::each().await {
        here.write(Side::Hr, 1, "Hello.").await.expect("written");
        here.reply(Side::Person, 2, "Hello.").await.expect("written");
        let notes = access::newest(&here.database.store, i64::MAX, 10).await.expect("reads");
        let notes: Vec<_> = notes.iter().map(|note| (note.what.as_str(), note.of)).collect();
        assert_eq!(notes, [("write letter", Of::Person(here.alice))]);
        here.change("DELETE FROM login_roles WHERE role = 'hr' AND $1 = 1", 1).await;
        assert_eq!(here.reply(Side::Hr, 3, "Still here.").await.expect_err("not any more").status, 401);
        assert_eq!(here.texts().await.len(), 2, "all of it is taken back");
    }
}

#[tokio::test]
async fn letters_lie_sealed_are_taken_out_counted_and_go_with_their_person_on_each_database() {
    for here in Here::each().await {
        here.write(Side::Person, 1, "A secret of mine").await.expect("written");
        let sealed: Vec<(Vec<u8>,)> =
            sqlx::query_as("SELECT sealed FROM letters UNION ALL SELECT sealed FROM letter_threads")
                .fetch_all(here.database.store.pool())
                .await
                .expect("reads");
        let clear = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        assert!(sealed.len() == 2 && !sealed.iter().any(|(row,)| clear(row, b"secret") || clear(row, b"Leave")));
        let (mut parcel, mut out) = Parcel::new();
        let store = &here.database.store;
        let export = async {
            let exported = (holdings::HOLDINGS.export)(store, &here.database.people, here.alice, &mut parcel).await;
            exported.expect("taken");
            parcel.finish().await.expect("taken");
        };
        let take = async {
            let (mut names, mut all) = (Vec::new(), Vec::new());
            while let Some(piece) = out.recv().await {
                match piece {
                    Piece::File(name) => names.push(name),
                    Piece::Bytes(bytes) => all.extend(bytes),
                }
            }
            (names, String::from_utf8(all).expect("text"))
        };
        let ((), (names, text)) = tokio::join!(export, take);
        assert_eq!(names, ["reminders.json", "reminded.json", "reminders_told.json", "letters.json"]);
        assert!(text.contains("A secret of mine") && text.contains("Leave"), "{text}");
        let counted = (holdings::HOLDINGS.count)(store).await.expect("counted");
        let counted: Vec<_> = counted.iter().map(|of| (of.table, of.person, of.rows)).collect();
        assert_eq!(counted, [("letters", Some(here.alice), 1), ("letter_threads", Some(here.alice), 1)]);

        let (thread, asker) = (here.thread().await, here.asker());
        here.database.destroy_key(here.alice).await;
        let late = letters::reply(&here.state, &thread, Writer::Hr(&asker), &letter(2, "Hello?")).await;
        assert_eq!(late.expect_err("nobody is there").status, 410);
        assert_eq!(here.find(&thread.id, None).await.expect_err("nor is it found").status, 410);
        let erased = (holdings::HOLDINGS.erase)(store, here.alice).await.expect("erased");
        assert_eq!(erased[..2], [("letters", 1), ("letter_threads", 1)]);
        assert_eq!(here.database.count("letter_threads").await, 0);
    }
}

#[tokio::test]
async fn hr_comes_to_every_thread_though_one_does_not_open_and_many_are_of_one_instant_on_each_database() {
    for here in Here::each().await {
        let login = known(&here.database, "bob", Role::Employee).await;
        let bob = sign_in::find(&here.database.store, &here.database.people, login).await.expect("reads");
        let bob = bob.and_then(|found| found.person).expect("he is sensed");
        // Ten of each instant; the newest is of who is erased.
        let mut transaction = here.database.store.begin().await.expect("begins");
        for thread in 0..126_u8 {
            let person = if thread == 125 { bob } else { here.alice };
            sqlx::query(
                "INSERT INTO letter_threads (person, thread, by_hr, opened_at, last_at, letters, last_of_person, last_of_hr, \
                 read_by_person, read_by_hr, sealed) VALUES ($1, $2, 0, 0, $3, 1, 1, 0, 1, 0, $2)",
            )
            .bind(person.0.to_vec())
            .bind(vec![thread; 16])
            .bind(i64::from(thread / 10))
            .execute(&mut **transaction)
            .await
            .expect("written");
        }
        transaction.commit().await.expect("commits");
        here.database.destroy_key(bob).await;
        let (mut seen, mut before, mut pages) = (Vec::new(), i64::MAX, 0);
        loop {
            let page = letters::of_everybody(&here.state, before).await.expect("reads");
            seen.extend(page.threads.into_iter().map(|(of, _)| of.id[0]));
            pages += 1;
            let Some(next) = page.next else { break };
            before = next;
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..125).collect::<Vec<u8>>());
        assert_eq!(pages, 3, "none holds all");
    }
}

#[tokio::test]
async fn a_letter_to_an_earlier_account_of_somebody_rings_as_well_on_each_database() {
    for here in Here::each().await {
        let bob = here.earlier().await;
        let (writer, asker) = (Writer::Person(here.login), here.asker());
        let id = letters::open(&here.state, bob, writer, "Leave", &letter(1, "May I?")).await.expect("written");
        let both = [here.alice, bob];
        let thread = here.find(&id, Some(&both)).await.expect("found");
        letters::reply(&here.state, &thread, Writer::Hr(&asker), &letter(2, "Yes.")).await.expect("written");
        assert_eq!(here.rings(Some(here.alice), Answering::ForNone).await, 1);
        let all = letters::of_people(&here.state, &both).await.expect("reads");
        assert_eq!(all.iter().map(|of| of.id).collect::<Vec<_>>(), [id]);
    }
}

#[tokio::test]
async fn letters_go_with_their_age_and_a_thread_with_its_last_on_each_database() {
    for here in Here::each().await {
        here.write(Side::Person, 1, "May I?").await.expect("written");
        here.change("UPDATE letters SET at = at - $1", 20 * DAY).await;
        here.reply(Side::Hr, 2, "Yes.").await.expect("written");
        let (store, of) = (&here.database.store, &aging::AGING[0]);
        let age = |days| Age { now: now_millis() + HOUR, days };
        assert_eq!((of.due)(store, None, age(10)).await.expect("counts").rows, 1);
        assert_eq!((of.due)(store, Some(here.alice), age(10)).await.expect("counts").rows, 0);
        assert_eq!((of.delete)(store, age(10)).await.expect("deleted"), 1);
        assert_eq!(here.texts().await, [(Side::Hr, "Yes.".to_owned())]);
        here.change("UPDATE letters SET at = at - $1", 20 * DAY).await;
        here.change("UPDATE letter_threads SET last_at = last_at - $1", 20 * DAY).await;
        assert_eq!((of.delete)(store, age(10)).await.expect("deleted"), 2);
        assert_eq!(here.database.count("letter_threads").await, 0);
    }
}

#[tokio::test]
async fn what_has_gone_for_its_age_unread_rings_no_more_once_its_thread_is_opened_on_each_database() {
    for here in Here::each().await {
        here.write(Side::Person, 1, "May I?").await.expect("written");
        here.reply(Side::Hr, 2, "Yes.").await.expect("written");
        here.change("DELETE FROM letters WHERE number = $1", 2).await;
        assert_eq!(here.rings(Some(here.alice), Answering::ForNone).await, 1);
        here.read(Side::Person, None).await;
        assert_eq!(here.rings(Some(here.alice), Answering::ForNone).await, 0);
        here.reply(Side::Hr, 3, "Yes?").await.expect("written");
        let letter = here.read(Side::Person, None).await.letters.pop().expect("is there");
        assert_eq!(letter.number, 3, "the number of one that is gone is given to no other");
    }
}

#[tokio::test]
async fn reminders_go_with_their_age_but_for_the_newest_by_which_it_is_known_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        for day in 0..3 {
            here.round(due + day * DAY).await;
        }
        let age = Age { now: due + 100 * DAY, days: 10 };
        let of = &aging::AGING[0];
        assert_eq!((of.due)(&here.database.store, None, age).await.expect("counts").rows, 2);
        assert_eq!((of.delete)(&here.database.store, age).await.expect("deleted"), 2);
        here.round(due + 2 * DAY + MINUTE).await;
        assert_eq!(here.reminders().await.iter().map(|of| of.due).collect::<Vec<_>>(), [due + 2 * DAY]);
    }
}
