//! Whoever stops an answer cuts the request.

use std::sync::Arc;

use super::stand_in::{Does, StandIn, pieces};
use super::*;
use crate::{By, Outcome};

struct Running {
    stop: watch::Sender<bool>,
    shown: mpsc::Receiver<Shown>,
    notes: Arc<Notes>,
    answered: tokio::task::JoinHandle<Answered>,
}

fn start(url: &str) -> Running {
    let language = language([EndpointSettings { begin_within: 60, next_within: 60, ..endpoint("own", url) }]);
    let (out, shown) = mpsc::channel(100);
    let (stop, stopped) = watch::channel(false);
    let notes = Arc::new(Notes::default());
    let ledger = Arc::clone(&notes);
    let answered = tokio::spawn(async move {
        let grounds = Grounds::default();
        let asked =
            Asked { said: SAID, past: &[], grounds: &grounds, names: &[], only_listed: false, companion: COMPANION };
        language.answer(&asked, ledger.as_ref(), &out, stopped).await
    });
    Running { stop, shown, notes, answered }
}

#[tokio::test]
async fn a_stop_before_the_first_word_cuts_the_request() {
    let model = StandIn::new([Does::Waits]).await;
    let running = start(&model.url);
    model.hears(1).await;
    running.stop.send(true).expect("it is awaited");
    let answered = running.answered.await.expect("no panic");
    assert_eq!((answered.by, answered.text.as_str()), (By::Stopped, ""));
    model.is_cut(1).await;
    let spent = running.notes.spent();
    assert!(spent[0].outcome == Outcome::Stopped && spent[0].is_estimated && spent[0].micros > 0, "{spent:?}");
}

#[tokio::test]
async fn a_stop_within_an_answer_cuts_it_and_what_was_shown_stays() {
    let model = StandIn::new([Does::SaysAndWaits(pieces("That was a long and hard week for you. What wa"))]).await;
    let mut running = start(&model.url);
    let first = running.shown.recv().await.expect("a sentence");
    running.stop.send(true).expect("it is awaited");
    let answered = running.answered.await.expect("no panic");
    assert_eq!(answered.by, By::Stopped);
    assert_eq!(first, Shown::Words("That was a long and hard week for you. ".to_owned()));
    assert_eq!(answered.text, "That was a long and hard week for you.");
    model.is_cut(1).await;
}

#[tokio::test]
async fn who_goes_away_cuts_it_too() {
    let model = StandIn::new([Does::SaysAndWaits(pieces("That was a long and hard week for you. What wa"))]).await;
    let running = start(&model.url);
    drop(running.shown);
    let answered = running.answered.await.expect("no panic");
    assert_eq!(answered.by, By::Stopped);
    model.is_cut(1).await;
    let model = StandIn::new([Does::Waits]).await;
    let running = start(&model.url);
    model.hears(1).await;
    running.answered.abort();
    model.is_cut(1).await;
}
