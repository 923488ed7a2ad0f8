use std::time::Duration;

use attune_analysis::text::crisis::Level;
use tokio::time::timeout;

use super::*;
use crate::answers::{self, Event, Following};
use crate::egress::{self, Leaving};
use crate::follow_up;
use crate::limits;
use crate::sealed::{Read, Status};

/// More than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

impl Here {
    async fn following(&self, told: &Told) -> Following {
        Following::new(&self.state, self.key().await, (self.alice, told.talk, told.number + 1), 0)
    }

    /// All that comes of an answer, up to its end.
    async fn heard(&self, told: &Told) -> Vec<Event> {
        let (mut following, mut all) = (self.following(told).await, Vec::new());
        while let Some(event) = timeout(PATIENCE, following.next()).await.expect("in time").expect("reads") {
            all.push(event);
        }
        all
    }
}

fn whole(events: &[Event]) -> Option<(String, bool)> {
    match events.last() {
        Some(Event::Answered(turn)) => Some((turn.text.clone(), turn.by_model)),
        _ => None,
    }
}

#[tokio::test]
async fn an_answer_of_a_model_is_told_as_it_comes_and_again_to_who_looks_later_on_each_database() {
    let model = Model::new(Does::Says);
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&model))).await {
        here.agree_to_models().await;
        let told = here.begin("The meetings take all day").await;
        assert!(told.reply.is_none());
        for _ in 0..2 {
            let heard = here.heard(&told).await;
            assert_eq!(whole(&heard), Some(("One. Two.".to_owned(), true)), "{heard:?}");
        }
        let asked = model.last.lock().unwrap_or_else(PoisonError::into_inner).clone().expect("it was asked");
        assert_eq!((asked.text.as_str(), asked.history.len()), ("The meetings take all day", 0));
        assert!(asked.names.contains(&"alice".to_owned()), "{:?}", asked.names);
        let next = here.say(Where::Talk(told.talk), 2, "And the mails").await.expect("said");
        here.heard(&next).await;
        let asked = model.last.lock().unwrap_or_else(PoisonError::into_inner).clone().expect("it was asked");
        assert_eq!(asked.history.len(), 2, "what was said before");
        let talk = here.talks().await.remove(0);
        assert!(talk.turns == 4 && talk.seen < 4, "it rings until it is looked at");
    }
}

#[tokio::test]
async fn no_model_is_asked_where_there_is_a_sign_of_danger_on_each_database() {
    let model = Model::new(Does::Says);
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&model))).await {
        here.agree_to_models().await;
        let told = here.begin(IN_DANGER).await;
        let support = told.reply.as_ref().and_then(|reply| reply.support.clone());
        assert_eq!(support.as_deref(), Some("crisis_response"));
        assert_eq!((here.database.count("talk_answers").await, here.database.count("talk_egress").await), (0, 0));
    }
    assert_eq!(model.times(), 0);
}

#[tokio::test]
async fn what_may_mean_danger_is_asked_directly_by_no_model_and_the_answer_counts_on_each_database() {
    let model = Model::new(Does::Says);
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&model))).await {
        here.agree_to_models().await;
        let told = here.begin("I have such dark thoughts in the evening.").await;
        let reply = told.reply.as_ref().expect("the companion asks");
        assert!(reply.text.ends_with('?') && reply.support.as_deref() == Some("follow_up"), "{}", reply.text);
        assert_eq!((told.status, told.escalated), (Status::Active, false));
        let yes = here.say(Where::Talk(told.talk), 2, "Yes").await.expect("said");
        let support = yes.reply.as_ref().and_then(|reply| reply.support.clone());
        assert_eq!(support.as_deref(), Some("crisis_response"));
        assert_eq!(yes.read.as_ref().map(Read::level), Some(Level::Critical), "a yes to that is no small word");
        assert!(yes.escalated && yes.status == Status::RequiresAttention);
        let behind = here.say(Where::Talk(told.talk), 3, "The meetings take all day").await.expect("said");
        assert!(behind.reply.is_some(), "what follows the fixed words is the companion's");
        assert_eq!(here.database.count("talk_answers").await, 0);
    }
    assert_eq!(model.times(), 0);
}

#[tokio::test]
async fn who_is_asked_how_they_are_a_day_later_is_answered_by_no_model_on_each_database() {
    let model = Model::new(Does::Says);
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&model))).await {
        here.agree_to_models().await;
        let told = here.begin(IN_DANGER).await;
        follow_up::round(&here.state, told.at + DAY + HOUR).await.expect("looked");
        let no = here.say(Where::Talk(told.talk), 2, "No").await.expect("said");
        let support = no.reply.as_ref().and_then(|reply| reply.support.clone());
        assert_eq!(support.as_deref(), Some("crisis_response"), "it is no better");
        assert_eq!(here.database.count("talk_answers").await, 0);
    }
    assert_eq!(model.times(), 0);
}

#[tokio::test]
async fn text_leaves_only_of_who_agrees_and_after_that_is_on_record_on_each_database() {
    let model = Model::new(Does::Says);
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&model))).await {
        here.agree_to_talks().await;
        assert!(here.begin("The meetings take all day").await.reply.is_some(), "no model is asked");
        let leaving = Leaving { at: (here.alice, 1, 2), fence: 1, agreed_at: None };
        assert!(!egress::leave(&here.state, leaving, "made up", 7).await.expect("asked"));
        assert_eq!(here.database.count("talk_egress").await, 0);
        here.agree_to_models().await;
        let told = here.say(Where::New, 2, "The mails never end").await.expect("said");
        here.heard(&told).await;
        let left = egress::newest(here.state.store(), &*here.key().await, here.alice, 10).await.expect("reads");
        let left: Vec<_> = left.iter().map(|of| (of.endpoint.as_deref(), of.bytes)).collect();
        assert_eq!(left, [(Some("made up"), 19)]);
    }
}

#[tokio::test]
async fn a_model_is_told_nothing_later_of_what_was_said_in_danger_on_each_database() {
    let model = Model::new(Does::Says);
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&model))).await {
        here.agree_to_models().await;
        let mut told = here.begin(IN_DANGER).await;
        for (nonce, text) in
            (2..).zip(["I am safe.", "The meetings take all day", "The mails never end", "It is loud here"])
        {
            told = here.say(Where::Talk(told.talk), nonce, text).await.expect("said");
            if told.reply.is_none() {
                break;
            }
        }
        assert!(told.reply.is_none(), "a model is asked again");
        here.heard(&told).await;
        let asked = model.last.lock().unwrap_or_else(PoisonError::into_inner).clone().expect("it was asked");
        let all: Vec<&str> = asked.history.iter().map(|line| line.text.as_str()).collect();
        assert!(!all.iter().any(|text| text.contains(IN_DANGER) || text.contains("safe")), "{all:?}");
    }
}

#[tokio::test]
async fn text_leaves_for_an_answer_that_is_being_made_under_what_was_agreed_to_and_for_no_other_on_each_database() {
    let model = Model::new(Does::Hangs);
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&model))).await {
        here.agree_to_models().await;
        let told = here.begin("The meetings take all day").await;
        let mut following = here.following(&told).await;
        timeout(PATIENCE, following.next()).await.expect("in time").expect("reads");
        let at = (here.alice, told.talk, told.number + 1);
        let (fence,): (i64,) = sqlx::query_as("SELECT fence FROM talk_answers WHERE talk = $1")
            .bind(told.talk)
            .fetch_one(here.state.store().pool())
            .await
            .expect("reads");
        let consent = crate::consent::now(here.state.store(), here.alice, &*here.key().await).await.expect("reads");
        let agreed_at = consent.map(|consent| consent.at);
        let may = async |leaving: Leaving| egress::leave(&here.state, leaving, "made up", 7).await.expect("asked");
        assert!(may(Leaving { at, fence, agreed_at }).await);
        assert!(!may(Leaving { at, fence: fence - 1, agreed_at }).await, "another makes it by now");
        assert!(!may(Leaving { at, fence, agreed_at: agreed_at.map(|at| at - 1) }).await, "they chose anew since");
        sqlx::query("DELETE FROM talk_answers").execute(here.state.store().pool()).await.expect("deleted");
        assert!(!may(Leaving { at, fence, agreed_at }).await, "it was deleted");
    }
}

#[tokio::test]
async fn a_model_that_fails_leaves_the_answer_to_the_companion_on_each_database() {
    for here in Here::each_with(Profile::Eu, Some(Model::new(Does::Fails))).await {
        here.agree_to_models().await;
        let told = here.begin("The meetings take all day").await;
        let (text, by_model) = whole(&here.heard(&told).await).expect("it is answered");
        assert!(!by_model && !text.contains("One."), "{text}");
        assert_eq!(here.said(told.talk).await.len(), 2);
    }
}

#[tokio::test]
async fn an_answer_that_is_stopped_keeps_what_was_said_and_drops_what_is_being_made_on_each_database() {
    let model = Model::new(Does::Hangs);
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&model))).await {
        here.agree_to_models().await;
        let before = model.dropped.load(Ordering::SeqCst);
        let told = here.begin("The meetings take all day").await;
        let mut following = here.following(&told).await;
        let first = timeout(PATIENCE, following.next()).await.expect("in time").expect("reads");
        assert_eq!(first, Some(Event::Piece(0, "One. ".into())));
        let busy = here.say(Where::Talk(told.talk), 2, "And more").await.expect_err("an answer is being made");
        assert_eq!(busy.status, 409);
        let at = (here.alice, told.talk, told.number + 1);
        answers::stop(&here.state, at).await.expect("stopped");
        let last = timeout(PATIENCE, following.next()).await.expect("in time").expect("reads");
        let Some(Event::Answered(turn)) = last else { panic!("{last:?}") };
        assert!(turn.stopped && turn.text == "One. ", "{turn:?}");
        timeout(PATIENCE, async {
            while model.dropped.load(Ordering::SeqCst) == before {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("nothing more is asked of it");
        answers::stop(&here.state, at).await.expect("again is nothing");
        assert_eq!(here.said(told.talk).await.len(), 2);
        let none = answers::stop(&here.state, (here.alice, told.talk, 99)).await.expect_err("none was asked for");
        assert_eq!(none.status, 404);
    }
}

#[tokio::test]
async fn an_answer_is_made_by_one_and_one_whose_maker_is_gone_is_cut_and_can_be_asked_for_anew_on_each_database() {
    let (stuck, well) = (Model::new(Does::Hangs), Model::new(Does::Says));
    for here in Here::each_with(Profile::Eu, Some(Arc::clone(&stuck))).await {
        here.agree_to_models().await;
        let told = here.begin("The meetings take all day").await;
        let at = (here.alice, told.talk, told.number + 1);
        let mut following = here.following(&told).await;
        timeout(PATIENCE, following.next()).await.expect("in time").expect("reads");
        let other = here.beside(Some(Arc::clone(&well)));
        assert_eq!(answers::claim(other.store(), at, "another").await.expect("asked"), None, "somebody has it");
        // As if whoever makes it were gone.
        here.change("UPDATE talk_answers SET fence = fence + 1, lease_until = $1", 1).await;
        assert_eq!(answers::cut_overdue(other.store(), false).await.expect("looked"), 1);
        assert_eq!(answers::cut_overdue(other.store(), true).await.expect("looked"), 0);
        let key = here.key().await;
        let mut there = Following::new(&other, Arc::clone(&key), at, 0);
        assert_eq!(timeout(PATIENCE, there.next()).await.expect("in time").expect("reads"), Some(Event::Cut));
        answers::again(&other, at).await.expect("asked anew");
        let mut there = Following::new(&other, key, at, 0);
        let mut all = Vec::new();
        while let Some(event) = timeout(PATIENCE, there.next()).await.expect("in time").expect("reads") {
            all.push(event);
        }
        assert_eq!(whole(&all), Some(("One. Two.".to_owned(), true)), "{all:?}");
        assert_eq!(answers::again(&other, at).await.expect_err("it is there").status, 409);
        assert_eq!(here.said(told.talk).await.len(), 2, "who was gone writes nothing");
    }
}

#[tokio::test]
async fn who_withdraws_that_a_model_is_asked_is_told_nothing_more_by_it_on_each_database() {
    for here in Here::each_with(Profile::Eu, Some(Model::new(Does::Hangs))).await {
        here.agree_to_models().await;
        let told = here.begin("The meetings take all day").await;
        let mut following = here.following(&told).await;
        timeout(PATIENCE, following.next()).await.expect("in time").expect("reads");
        here.agree_to_talks().await;
        let heard = here.heard(&told).await;
        assert_eq!(heard.last(), Some(&Event::Stopped), "{heard:?}");
        let next = here.say(Where::Talk(told.talk), 2, "Never mind").await.expect("the companion answers");
        assert!(next.reply.is_some());
    }
}

#[tokio::test]
async fn models_are_asked_as_often_as_is_set_and_the_companion_answers_beyond_on_each_database() {
    for here in Here::each_with(Profile::Eu, Some(Model::new(Does::Says))).await {
        here.agree_to_models().await;
        for nonce in 1..=4 {
            let told = here.say(Where::New, nonce, "The meetings take all day").await.expect("said");
            assert_eq!(told.reply.is_some(), nonce > 3, "{nonce}");
            here.heard(&told).await;
        }
        let mut transaction = here.database.store.begin().await.expect("begins");
        let now = transaction.database_time().await.expect("told");
        assert!(!limits::take(&mut transaction, here.alice, now, 3).await.expect("asked"));
        assert!(limits::take(&mut transaction, here.alice, now + DAY, 3).await.expect("asked"), "another day");
        assert!(!limits::take(&mut transaction, here.alice, now + 2 * DAY, 0).await.expect("asked"));
    }
}
