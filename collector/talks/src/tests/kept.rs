use attune_ground::holdings::{Parcel, Piece};
use attune_ground::retention::Age;
use attune_ground::{Answering as Teams, Listener};

use super::*;
use crate::companion::Proposal;
use crate::sealed::{Plan, Status};
use crate::{aging, bell, consent, holdings, memory, plan};

impl Here {
    /// Everything that lies sealed or in clear of talks, as it lies.
    async fn lies(&self) -> Vec<u8> {
        let statement = "SELECT sealed FROM talks UNION ALL SELECT sealed FROM talk_turns UNION ALL SELECT sealed FROM safety_plans \
                         UNION ALL SELECT sealed FROM talk_memory UNION ALL SELECT sealed FROM talk_consents \
                         UNION ALL SELECT sealed FROM talk_reports";
        let rows: Vec<(Vec<u8>,)> =
            sqlx::query_as(statement).fetch_all(self.database.store.pool()).await.expect("reads");
        rows.into_iter().flat_map(|(bytes,)| bytes).collect()
    }

    async fn memories(&self) -> Vec<memory::Memory> {
        let mut connection = self.database.store.pool().acquire().await.expect("a connection");
        memory::all(&mut connection, &*self.key().await, self.alice).await.expect("reads")
    }

    async fn remember(&self, proposals: &[Proposal]) {
        let (key, mut transaction) = (self.key().await, self.database.store.begin().await.expect("begins"));
        memory::add(&mut transaction, &key, self.alice, proposals, 7).await.expect("remembered");
        transaction.commit().await.expect("commits");
    }
}

fn stands_in(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|part| part == word.as_bytes())
}

fn proposal(words: &str) -> Proposal {
    Proposal::new(attune_companion::RememberedKind::Talked, None, words)
}

#[tokio::test]
async fn what_is_said_lies_sealed_is_taken_out_counted_and_goes_with_its_person_on_each_database() {
    for here in Here::each().await {
        here.agree(Choice { talk: true, memory: true, ..Choice::default() }).await;
        let told = here.begin("A secret of mine keeps me awake").await;
        here.remember(&[proposal("She sleeps badly.")]).await;
        let safety = Plan { people: "My sister".into(), country: Some("gb".into()), ..Plan::default() };
        plan::write(&here.state, here.alice, &safety).await.expect("written");
        crate::report::make(&here.state, (here.alice, told.talk)).await.expect("made");
        let lies = here.lies().await;
        for word in ["secret", "sister", "sleeps", "awake", "Basic Info"] {
            assert!(!stands_in(&lies, word), "{word}");
        }
        let (store, (mut parcel, mut out)) = (&here.database.store, Parcel::new());
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
        let wanted = [
            "talk_consents.json",
            "talks.json",
            "talk_memory.json",
            "safety_plan.json",
            "talk_reports.json",
            "talk_egress.json",
        ];
        assert_eq!(names, wanted);
        for part in ["A secret of mine", "She sleeps badly.", "My sister", "\"GB\"", "Basic Info"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let counted = (holdings::HOLDINGS.count)(store).await.expect("counted");
        let tables: Vec<_> = counted.iter().map(|of| (of.table, of.rows)).collect();
        assert!(tables.contains(&("talk_turns", 2)) && tables.contains(&("safety_plans", 1)), "{tables:?}");
        here.database.destroy_key(here.alice).await;
        assert_eq!(here.say(Where::New, 9, "Hello?").await.expect_err("nobody is there").status, 410);
        (holdings::HOLDINGS.erase)(store, here.alice).await.expect("erased");
        for table in ["talks", "talk_turns", "talk_memory", "safety_plans", "talk_reports", "talk_consents"] {
            assert_eq!(here.database.count(table).await, 0, "{table}");
        }
    }
}

#[tokio::test]
async fn of_nobody_it_stands_in_clear_that_a_talk_requires_attention_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        here.begin("The meetings take all day").await;
        here.say(Where::New, 2, IN_DANGER).await.expect("said");
        let status: Vec<_> = here.talks().await.into_iter().filter_map(|talk| Some(talk.head?.status)).collect();
        assert!(status.contains(&Status::RequiresAttention) && status.contains(&Status::Active), "{status:?}");
        let rows: Vec<(i64, i64, i64, i64)> =
            sqlx::query_as("SELECT turns, seen, look_at - last_at, last_at - opened_at FROM talks")
                .fetch_all(here.database.store.pool())
                .await
                .expect("reads");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0], rows[1], "all that stands in clear is alike");
    }
}

#[tokio::test]
async fn who_withdraws_has_all_of_it_deleted_and_nothing_is_read_any_more_on_each_database() {
    for here in Here::each().await {
        here.agree(Choice { talk: true, memory: true, ..Choice::default() }).await;
        let told = here.begin("The meetings take all day").await;
        here.remember(&[proposal("She has many meetings.")]).await;
        crate::report::make(&here.state, (here.alice, told.talk)).await.expect("made");
        let changed = consent::choose(&here.state, here.alice, None, Choice { talk: true, ..Choice::default() }).await;
        assert_eq!(changed.expect_err("another text was shown").status, 409);
        here.agree(Choice::default()).await;
        for table in ["talks", "talk_turns", "talk_memory", "talk_reports", "talk_answers"] {
            assert_eq!(here.database.count(table).await, 0, "{table}");
        }
        assert_eq!(here.say(Where::New, 2, "Hello").await.expect_err("she withdrew").status, 403);
        let said = consent::all(&here.database.store, &here.database.people, here.alice).await.expect("reads");
        assert_eq!(said.iter().map(|of| of.talk).collect::<Vec<_>>(), [true, false]);
        // What a collector that was killed had left.
        here.agree_to_talks().await;
        here.begin("And again").await;
        here.change("DELETE FROM talk_consents WHERE number >= $1", 2).await;
        consent::finish(&here.state).await.expect("finished");
        assert_eq!(here.database.count("talks").await, 0);
    }
}

#[tokio::test]
async fn what_is_remembered_is_allowed_bounded_corrected_and_forgotten_by_its_person_on_each_database() {
    for here in Here::each().await {
        here.agree(Choice { talk: true, memory: true, ..Choice::default() }).await;
        let many: Vec<Proposal> = (0..120).map(|number| proposal(&format!("Sentence {number}."))).collect();
        here.remember(&many).await;
        here.remember(&many[100..]).await;
        let all = here.memories().await;
        assert_eq!(all.len(), 100, "of more the oldest goes, and nothing stands twice");
        let first = all[0].number;
        memory::correct(&here.state, here.alice, first, "I said otherwise.").await.expect("corrected");
        let what = here.memories().await.remove(0).what.expect("opens");
        assert!(what.by_person && what.text == "I said otherwise.");
        assert_eq!(memory::correct(&here.state, here.alice, 9999, "x").await.expect_err("none").status, 404);
        assert_eq!(memory::correct(&here.state, here.alice, first, "").await.expect_err("nothing").status, 400);
        memory::forget(&here.state, here.alice, Some(first)).await.expect("forgotten");
        assert_eq!(memory::forget(&here.state, here.alice, Some(first)).await.expect_err("gone").status, 404);
        here.agree_to_talks().await;
        assert_eq!(here.memories().await.len(), 0, "what is not allowed any more goes at once");
        assert_eq!(memory::correct(&here.state, here.alice, 1, "x").await.expect_err("not allowed").status, 403);
    }
}

#[tokio::test]
async fn a_safety_plan_is_its_persons_whether_they_agreed_to_talks_or_not_on_each_database() {
    for here in Here::each().await {
        let key = here.key().await;
        let safety = Plan { signs: "No sleep\nNo food".into(), country: Some("at".into()), ..Plan::default() };
        plan::write(&here.state, here.alice, &safety).await.expect("written");
        let (kept, _) = plan::of(here.state.store(), &key, here.alice).await.expect("reads").expect("is there");
        assert_eq!((kept.signs.as_str(), kept.country.as_deref()), ("No sleep\nNo food", Some("AT")));
        let wrong = Plan { safer: "a".repeat(2001), ..Plan::default() };
        let refused = plan::write(&here.state, here.alice, &wrong).await.expect_err("too long");
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("safer")));
        here.agree(Choice::default()).await;
        assert!(plan::of(here.state.store(), &key, here.alice).await.expect("reads").is_some());
        plan::remove(&here.state, here.alice).await.expect("removed");
        assert!(plan::of(here.state.store(), &key, here.alice).await.expect("reads").is_none());
    }
}

#[tokio::test]
async fn the_bell_counts_talks_with_something_unseen_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let told = here.begin("The meetings take all day").await;
        let rings = async || {
            let listener = Listener { login: here.login.0, person: Some(here.alice), teams: Teams::ForNone };
            bell::count(&here.database.store, &listener).await.expect("counted")
        };
        assert_eq!(rings().await, 0);
        here.change("UPDATE talks SET turns = turns + $1", 1).await;
        assert_eq!(rings().await, 1);
        let talk = here.talks().await.remove(0);
        assert_eq!(talk.id, told.talk);
        rows::note_seen(here.state.store(), &talk).await;
        assert_eq!(rings().await, 0);
    }
}

#[tokio::test]
async fn talks_go_with_their_age_and_a_talk_with_its_last_turn_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let told = here.begin("The meetings take all day").await;
        here.change("UPDATE talk_turns SET at = at - $1", 20 * DAY).await;
        here.say(Where::Talk(told.talk), 2, "And the mails").await.expect("said");
        let now = here.database.store.database_time().await.expect("told") + HOUR;
        let (store, of, age) = (&here.database.store, &aging::AGING[0], Age { now, days: 10 });
        assert_eq!((of.due)(store, None, age).await.expect("counts").rows, 2);
        assert_eq!((of.delete)(store, age).await.expect("deleted"), 2);
        assert_eq!(here.said(told.talk).await.len(), 2);
        here.change("UPDATE talk_turns SET at = at - $1", 20 * DAY).await;
        here.change("UPDATE talks SET last_at = last_at - $1", 20 * DAY).await;
        assert_eq!((of.delete)(store, age).await.expect("deleted"), 3);
        assert_eq!(here.database.count("talks").await, 0);
    }
}

#[tokio::test]
async fn behind_a_restore_nobody_has_agreed_and_nothing_is_released_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        here.begin("The meetings take all day").await;
        let mut transaction = here.database.store.begin().await.expect("begins");
        holdings::end_agreeing(&mut transaction).await.expect("ended");
        transaction.commit().await.expect("commits");
        assert_eq!(here.say(Where::New, 2, "Hello").await.expect_err("not any more").status, 403);
        assert_eq!(here.talks().await.len(), 1, "who withdrew cannot be known: nothing is deleted");
        consent::finish(&here.state).await.expect("finished");
        assert_eq!(here.talks().await.len(), 1);
    }
}
