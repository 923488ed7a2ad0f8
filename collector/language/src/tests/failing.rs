//! Endpoints that are down, busy, cut, slow, or no endpoints at all.

use super::stand_in::{Does, StandIn, pieces};
use super::*;
use crate::{By, Outcome, Why};

const BEGUN: &str = "It was a long and hard week for you. What wa";

fn refuses(status: u16) -> Does {
    Does::Answers(status, ("retry-after", "0".to_owned()), "{\"error\":{\"message\":\"x\"}}".to_owned())
}

#[tokio::test]
async fn who_is_busy_is_asked_again() {
    for status in [429, 503, 529] {
        let model = StandIn::new([refuses(status), refuses(status), Does::says(FIT)]).await;
        let notes = Notes::default();
        let (answered, _) = simple(&language([endpoint("own", &model.url)]), &notes).await;
        assert_eq!(answered.text, PUT_BACK, "{status}");
        assert_eq!((model.heard().len(), notes.left()), (3, 3), "each is on record");
        let spent = notes.spent();
        assert!(spent[..2].iter().all(|spent| spent.micros == 0 && spent.outcome == Outcome::Failed), "{spent:?}");
    }
}

#[tokio::test]
async fn what_may_have_been_worked_on_is_not_asked_again_of_the_same() {
    let html = Does::Answers(200, ("content-type", "text/html".to_owned()), "<html>hello</html>".to_owned());
    let half = "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\n\n";
    for does in [
        refuses(500),
        refuses(400),
        refuses(401),
        html,
        Does::Answers(200, ("content-type", "text/event-stream".to_owned()), half.to_owned()),
        Does::Answers(200, ("content-type", "text/event-stream".to_owned()), String::new()),
        Does::Answers(200, ("content-type", "application/json".to_owned()), "{\"choices\": [".to_owned()),
        Does::SaysAndBreaks(Vec::new()),
    ] {
        let shown = format!("{does:?}");
        let (first, second) = (StandIn::new([does]).await, StandIn::new([Does::says(FIT)]).await);
        let language = language([endpoint("first", &first.url), endpoint("second", &second.url)]);
        let (answered, _) = simple(&language, &Notes::default()).await;
        assert_eq!(answered.by, By::Model { endpoint: "second".to_owned() }, "{shown}");
        assert_eq!(first.heard().len(), 1, "{shown}");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_is_taken_back_and_the_next_endpoint_answers() {
    let first = StandIn::new([Does::SaysAndBreaks(pieces(BEGUN))]).await;
    let second = StandIn::new([Does::says(FIT)]).await;
    let notes = Notes::default();
    let language = language([endpoint("first", &first.url), endpoint("second", &second.url)]);
    let (answered, shown) = simple(&language, &notes).await;
    assert_eq!((answered.text.as_str(), seen(&shown).as_str()), (PUT_BACK, PUT_BACK));
    assert!(shown.contains(&Shown::Instead));
    assert!(notes.spent()[0].is_estimated && notes.spent()[0].micros > 0, "what was said is paid for");
}

#[tokio::test]
async fn who_does_not_go_on_is_not_waited_for() {
    let first = StandIn::new([Does::SaysAndWaits(pieces(BEGUN))]).await;
    let (answered, shown) = simple(&language([endpoint("own", &first.url)]), &Notes::default()).await;
    assert_eq!((answered.by, seen(&shown).as_str()), (By::Companion(Why::Failed), COMPANION));
    first.is_cut(1).await;
    let silent = StandIn::new([Does::Waits]).await;
    let settings = EndpointSettings { begin_within: 1, ..endpoint("own", &silent.url) };
    let (answered, _) = simple(&language([settings]), &Notes::default()).await;
    assert_eq!(answered.by, By::Companion(Why::Failed));
    assert_eq!(silent.heard().len(), 1, "it may have been worked on");
    silent.is_cut(1).await;
}

#[tokio::test]
async fn no_other_address_is_followed() {
    let elsewhere = StandIn::new([Does::says(FIT)]).await;
    let target = format!("{}/chat/completions", elsewhere.url);
    for status in [301, 302, 307, 308] {
        let model = StandIn::new([Does::Answers(status, ("location", target.clone()), String::new())]).await;
        let (answered, _) = simple(&language([endpoint("own", &model.url)]), &Notes::default()).await;
        assert_eq!(answered.by, By::Companion(Why::Failed));
        assert!(elsewhere.heard().is_empty(), "{status}");
    }
}

#[tokio::test]
async fn who_cannot_be_reached_is_left_to_the_next_and_then_left_alone() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody = format!("http://{}/v1", listener.local_addr().expect("an address"));
    let second = StandIn::new([Does::says(FIT)]).await;
    drop(listener);
    let language = language([endpoint("nobody", &nobody), endpoint("second", &second.url)]);
    for _ in 0..2 {
        let notes = Notes::default();
        let (answered, _) = simple(&language, &notes).await;
        assert_eq!(answered.by, By::Model { endpoint: "second".to_owned() });
    }
    let standing = language.standing();
    assert!(standing[0].is_left_alone && !standing[1].is_left_alone, "{standing:?}");
    let notes = Notes::default();
    simple(&language, &notes).await;
    assert_eq!(notes.left(), 1, "it is not even tried");
}

#[tokio::test]
async fn an_answer_that_has_no_end_is_refused() {
    let long = Does::Says(vec!["I hear how hard this week was for you and what it took from you. ".repeat(40)]);
    let model = StandIn::new([long]).await;
    let (answered, _) = simple(&language([endpoint("own", &model.url)]), &Notes::default()).await;
    assert_eq!(answered.by, By::Companion(Why::Unfit));
    let comments = Does::Answers(200, ("content-type", "text/event-stream".to_owned()), ": hello\n\n".repeat(1 << 19));
    let model = StandIn::new([comments]).await;
    let (answered, _) = simple(&language([endpoint("own", &model.url)]), &Notes::default()).await;
    assert_eq!(answered.by, By::Companion(Why::Failed));
}
