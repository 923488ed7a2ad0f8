use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form};
use attune_pages::part::{Notice, Tone};
use attune_pages::words::TalkMemoryWords;
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::{MEMORY, TALKS, answered_as, tabs};
use crate::error::TalksError;
use crate::memory;
use crate::own;
use crate::state::Talks;
use crate::written::LONGEST_MEMORY;

fn texts() -> &'static TalkMemoryWords {
    &super::texts().memory
}

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

/// What is remembered of one.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Talks>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let news = match after.done.as_str() {
        "saved" => Markup::of(&Notice::new(Tone::Done, texts().saved.as_str(), "")),
        _ => Markup::none(),
    };
    page(&state, &asker, news, None).await
}

async fn page(
    state: &Talks,
    asker: &Asker,
    news: Markup,
    refused: Option<(&Fields, &Problem)>,
) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let allows = own::consent(state, &own).await?.is_some_and(|consent| consent.memory);
    let Some(key) = state.key_of(own.person).await? else { return Err(Problem::erased()) };
    let mut connection = state.store().pool().acquire().await.map_err(TalksError::from)?;
    let all = memory::all(&mut connection, &key, own.person).await?;
    drop(connection);
    let finding = match all.len() as u64 {
        0 => texts.none.clone(),
        some => texts.finding.of(some),
    };
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &texts.title, &finding, TALKS).await?;
    let mut body = Markup::of(&tabs(MEMORY)).with(&news);
    if !allows {
        body = body.with(&Markup::paragraph(texts.not_allowed.as_str()));
    }
    let most = u32::try_from(LONGEST_MEMORY).unwrap_or(u32::MAX);
    for one in &all {
        let held = one.what.as_ref().map_or("", |what| what.text.as_str());
        let hint = if one.what.is_some() { "" } else { texts.damaged.as_str() };
        let mut form = Form::post(format!("memory-{}", one.number), MEMORY, &*csrf)
            .named(texts.since.with("moment", &times.moment(one.at)))
            .hidden("number", one.number.to_string())
            .field(Field::lines("text", texts.text.as_str(), 2).hint(hint).at_most(most).value(held))
            .button(Button::quiet(texts.correct.as_str()).sends("do", "correct"))
            .button(Button::dangerous(texts.forget.as_str()).sends("do", "forget"));
        if let Some((typed, problem)) = refused.filter(|(typed, _)| typed.get("number") == one.number.to_string()) {
            form = form.keep(typed.typed());
            form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
        }
        body = body.with(&form);
    }
    if !all.is_empty() {
        let all = Form::post("forget", MEMORY, &*csrf);
        body = body.with(&all.button(Button::dangerous(texts.forget_all.as_str()).sends("do", "forget_all")));
    }
    Ok(frame.refused(refused.is_some()).answer(&body))
}

/// Corrects or forgets something.
pub(super) async fn change(asker: Asker, State(state): State<Talks>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let done = async {
        let number = || {
            let number = typed.get("number").parse();
            number.map_err(|_| Problem::bad_request("number", "reload the page"))
        };
        match typed.get("do") {
            "forget_all" => memory::forget(&state, own.person, None).await,
            "forget" => memory::forget(&state, own.person, Some(number()?)).await,
            _ => memory::correct(&state, own.person, number()?, typed.get("text")).await,
        }
    };
    match done.await {
        Ok(()) => Ok(go_to("/me/talk/memory?done=saved", Vec::new())),
        Err(problem) if problem.status < 500 => {
            let shown = page(&state, &asker, Markup::none(), Some((&typed, &problem))).await?;
            Ok(answered_as(&problem, shown))
        }
        Err(problem) => Err(problem),
    }
}
