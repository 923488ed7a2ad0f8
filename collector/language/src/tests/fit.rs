//! What is shown of an answer, and what left for it.

use super::stand_in::{Does, StandIn};
use super::*;
use crate::{By, Figure, Outcome, Rule, Shape, Usage, Why};

#[tokio::test]
async fn a_fit_answer_is_shown_by_sentences_with_the_names_put_back() {
    let model = StandIn::new([Does::says(FIT)]).await;
    let notes = Notes::default();
    let (answered, shown) = simple(&language([endpoint("own", &model.url)]), &notes).await;
    assert_eq!(answered.by, By::Model { endpoint: "own".to_owned() });
    assert_eq!((answered.text.as_str(), seen(&shown).as_str()), (PUT_BACK, PUT_BACK));
    assert!(shown.len() == 2 && !shown.contains(&Shown::Instead), "{shown:?}");
    let spent = notes.spent();
    assert_eq!((spent.len(), spent[0].outcome, spent[0].is_estimated), (1, Outcome::Shown, false));
    assert_eq!((spent[0].usage, spent[0].micros), (Usage { tokens_in: 100, tokens_out: 20 }, 140));
}

#[tokio::test]
async fn no_name_leaves_and_what_leaves_is_on_record() {
    let model = StandIn::new([Does::says(FIT)]).await;
    let notes = Notes::default();
    let grounds = Grounds {
        figures: vec![Figure { name: "led by".to_owned(), value: "Peter Novak".to_owned(), severity: None }],
        remembered: vec!["Johanna wants to be called Jo, on +44 20 7946 0018".to_owned()],
        ..Grounds::default()
    };
    let past = [Past { role: crate::Role::Person, text: "Peter Novak shouted.".to_owned(), importance: 1.0 }];
    turn(&language([endpoint("own", &model.url)]), &notes, SAID, &past, &grounds).await;
    let heard = model.heard();
    let sent = heard[0].body.to_string();
    for part in ["Johanna", "Keller", "Peter", "Novak", "7946"] {
        assert!(!sent.contains(part), "{part}");
    }
    assert_eq!(heard[0].path, "/v1/chat/completions");
    let egress = notes.egress.lock().expect("nobody panicked").clone();
    assert!(egress[0].0 == "own" && egress[0].1 > 1_000 && egress[0].2 >= 5 && egress[0].3 == 1, "{egress:?}");
}

#[tokio::test]
async fn what_is_deliberated_is_not_shown() {
    let said = format!("<council>Psychology: tired. Workload: 70 hours.</council>\n\n{FIT}");
    let model = StandIn::new([Does::says(&said)]).await;
    let (answered, shown) = simple(&language([endpoint("own", &model.url)]), &Notes::default()).await;
    assert_eq!((answered.text.as_str(), seen(&shown).as_str()), (PUT_BACK, PUT_BACK));
}

#[tokio::test]
async fn an_unfit_answer_is_cut_taken_back_and_asked_for_anew() {
    let unfit = "It was a long and hard week for you. You clearly have a depression. Rest, please, and sleep.";
    let model = StandIn::new([Does::says(unfit), Does::says(FIT)]).await;
    let notes = Notes::default();
    let (answered, shown) = simple(&language([endpoint("own", &model.url)]), &notes).await;
    assert_eq!((answered.text.as_str(), seen(&shown).as_str()), (PUT_BACK, PUT_BACK));
    assert_eq!(answered.unfit, [Rule::Diagnosis]);
    assert_eq!(shown[1], Shown::Instead, "what was fit by itself was shown before");
    assert!(shown.iter().all(|one| !matches!(one, Shown::Words(words) if words.contains("depression"))));
    let again = model.heard()[1].body["messages"][0]["content"].to_string();
    assert!(again.contains(Rule::Diagnosis.reason()) && !again.contains("clearly have"), "{again}");
    let outcomes: Vec<Outcome> = notes.spent().iter().map(|spent| spent.outcome).collect();
    assert_eq!(outcomes, [Outcome::Unfit, Outcome::Shown]);
}

#[tokio::test]
async fn twice_unfit_is_the_companions() {
    for unfit in [
        "You clearly have a depression, and that makes it hard for you.",
        "Das klingt wirklich anstrengend, und ich kann gut verstehen, dass Sie müde sind.",
        "Peter Novak told me that he does not like you, which is hard.",
        "[PERSON_9] feels the same as you do about this work.",
        "<think>They are tired, so I should ask about sleep and rest",
        "",
        "work work work work work work work work",
    ] {
        let model = StandIn::new([Does::says(unfit)]).await;
        let (answered, shown) = simple(&language([endpoint("own", &model.url)]), &Notes::default()).await;
        assert_eq!(answered.by, By::Companion(Why::Unfit), "{unfit}");
        assert_eq!((answered.text.as_str(), seen(&shown).as_str()), (COMPANION, COMPANION));
        assert_eq!((answered.unfit.len(), model.heard().len()), (2, 2), "{unfit}");
    }
}

#[tokio::test]
async fn whoever_keeps_the_ledger_keeps_everything_here() {
    for refusal in [Refusal::Consent, Refusal::Limit, Refusal::Unwritten] {
        let model = StandIn::new([Does::says(FIT)]).await;
        let notes = Notes { refusal: Some(refusal), ..Notes::default() };
        let (answered, _) = simple(&language([endpoint("own", &model.url)]), &notes).await;
        assert_eq!(answered.by, By::Companion(Why::Refused(refusal)));
        assert_eq!(answered.text, COMPANION);
        assert!(model.heard().is_empty() && notes.spent().is_empty());
    }
}

#[tokio::test]
async fn only_who_is_listed_is_asked_where_that_is_demanded() {
    let (other, listed) = (StandIn::new([Does::says(FIT)]).await, StandIn::new([Does::says(FIT)]).await);
    let language =
        language([endpoint("other", &other.url), EndpointSettings { listed: true, ..endpoint("listed", &listed.url) }]);
    let (out, _shown) = mpsc::channel(100);
    let (_stop, stopped) = watch::channel(false);
    let grounds = Grounds::default();
    let asked = Asked { said: SAID, past: &[], grounds: &grounds, names: &[], only_listed: true, companion: COMPANION };
    let answered = language.answer(&asked, &Notes::default(), &out, stopped).await;
    assert_eq!(answered.by, By::Model { endpoint: "listed".to_owned() });
    assert!(other.heard().is_empty());
}

#[tokio::test]
async fn without_an_endpoint_the_companion_answers() {
    let (answered, shown) = simple(&language([]), &Notes::default()).await;
    assert_eq!(answered.by, By::Companion(Why::None));
    assert_eq!(seen(&shown), COMPANION);
}

#[tokio::test]
async fn each_maker_is_given_its_key_in_its_own_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let key_file = folder.path().join("key");
    std::fs::write(&key_file, "sk-1").expect("written");
    for (kind, header, value, path) in [
        (Shape::OpenAi, "authorization", "Bearer sk-1", "/v1/chat/completions"),
        (Shape::Anthropic, "x-api-key", "sk-1", "/v1/messages"),
        (Shape::Gemini, "x-goog-api-key", "sk-1", "/v1/models/m:streamGenerateContent?alt=sse"),
    ] {
        let model = StandIn::new([Does::Answers(400, ("x-a", "b".to_owned()), String::new())]).await;
        let settings = EndpointSettings { kind, key_file: key_file.clone(), ..endpoint("own", &model.url) };
        simple(&language([settings]), &Notes::default()).await;
        let heard = &model.heard()[0];
        assert_eq!(heard.headers.get(header).and_then(|value| value.to_str().ok()), Some(value), "{kind:?}");
        assert_eq!(heard.path, path);
        assert!(!heard.body.to_string().contains("sk-1"));
    }
}

#[tokio::test]
async fn a_task_is_done_with_the_names_put_back() {
    let model = StandIn::new([Does::says("<think>hm</think># Summary\n[PERSON_1] worked 52 hours.")]).await;
    let notes = Notes::default();
    let task = crate::Task {
        instruction: "Write a summary.",
        text: SAID,
        names: &["Johanna Keller"],
        most_tokens: 300,
        only_listed: false,
    };
    let (_stop, stopped) = watch::channel(false);
    let done = language([endpoint("own", &model.url)]).complete(&task, &notes, stopped).await;
    assert_eq!(done, Ok(Some("# Summary\nJohanna Keller worked 52 hours.".to_owned())));
    assert!(!model.heard()[0].body.to_string().contains("Keller"));
    assert_eq!(notes.left(), 1);
}
