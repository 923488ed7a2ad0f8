//! A real server of llama.cpp's, where `ATTUNE_LLAMA` names one: `http://127.0.0.1:18080/v1`. A small model talks fluently and often beside the
//! point, and so tries the rules as well.

use super::*;
use crate::By;
use crate::evaluation::{Case, cases, evaluate};

fn of_server() -> Option<Language> {
    let url = std::env::var("ATTUNE_LLAMA").ok()?;
    let settings = EndpointSettings {
        context_tokens: 2_048,
        answer_tokens: 120,
        council: false,
        begin_within: 120,
        next_within: 60,
        end_within: 300,
        temperature: Some(0.2),
        ..endpoint("llama", &url)
    };
    Some(language([settings]))
}

#[tokio::test]
#[ignore = "wants a server: ATTUNE_LLAMA=http://127.0.0.1:18080/v1"]
async fn a_real_server_is_understood_and_only_fit_answers_of_it_are_shown() {
    let language = of_server().expect("ATTUNE_LLAMA names a server");
    let (mut by_model, mut unfit) = (0, 0);
    for case in cases().iter().step_by(20) {
        let notes = Notes::default();
        let (answered, shown) = turn(&language, &notes, &case.said, &case.past, &case.grounds()).await;
        assert_eq!(seen(&shown).trim_end(), answered.text);
        assert!(!matches!(answered.by, By::Companion(crate::Why::Failed | crate::Why::None)), "{:?}", answered.by);
        assert!(notes.spent().iter().all(|spent| spent.usage.tokens_in > 0));
        by_model += usize::from(matches!(answered.by, By::Model { .. }));
        unfit += answered.unfit.len();
    }
    eprintln!("{by_model} answers of the model shown, {unfit} not");
}

#[tokio::test]
#[ignore = "wants a server, and an hour: ATTUNE_LLAMA=http://127.0.0.1:18080/v1"]
async fn a_real_model_is_measured_on_all_that_there_is() {
    let language = of_server().expect("ATTUNE_LLAMA names a server");
    let report = evaluate(async |case: &Case| {
        turn(&language, &Notes::default(), &case.said, &case.past, &case.grounds()).await.0.text
    });
    eprintln!("{}", report.await);
}
