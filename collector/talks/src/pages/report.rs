use std::collections::BTreeSet;

use attune_ground::http::{AnyQuery, Path, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form};
use attune_pages::part::{Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::words::TalkReportWords;
use attune_people::access::By;
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::{TALKS, place, tabs};
use crate::own::{self, Found};
use crate::report::{self, Kept, PARTS};
use crate::sealed::{Report, TalkId};
use crate::state::Talks;

fn texts() -> &'static TalkReportWords {
    &super::texts().report
}

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

fn id(text: &str) -> Result<TalkId, Problem> {
    text.parse().map_err(|_| Problem::not_found("there is no such talk"))
}

/// The lines of a report, part by part.
pub(super) fn lines(report: &Report) -> Markup {
    let mut body = Markup::none();
    for (number, (heading, name)) in (0_u8..).zip(PARTS) {
        let Some((_, lines)) = report.parts.iter().find(|(of, _)| *of == number) else { continue };
        body = body.with(&Markup::heading(format!("{heading}: {name}")));
        for line in lines {
            body = body.with(&Markup::paragraph(line.as_str()));
        }
    }
    body
}

/// The report of a talk of one's own.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Talks>,
    Path(text): Path<String>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), &asker).await?;
    let Found { key, talk, .. } = own::find(&state, &own, id(&text)?).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let kept = report::one(state.store(), &key, (talk.person, talk.id)).await?;
    let finding = match &kept {
        None => texts.none.clone(),
        Some(Kept { released_at: Some(at), .. }) => texts.released.with("moment", &times.moment(*at)),
        Some(_) => texts.not_released.clone(),
    };
    let Opened { frame, csrf, .. } = opened(state.people(), &asker, &texts.title, &finding, TALKS).await?;
    let path = format!("{}/report", place(talk.id));
    let mut body = Markup::of(&tabs(TALKS));
    if after.done == "saved" {
        body = body.with(&Notice::new(Tone::Done, texts.saved.as_str(), ""));
    }
    let make = |label: &str| Form::post("make", path.as_str(), &*csrf).button(Button::quiet(label).sends("do", "make"));
    match &kept {
        None => {
            let empty = Shown::Empty { what: texts.none_text.clone(), step: None };
            body = body.with(&empty).with(&make(&texts.make));
        }
        Some(kept) => {
            body = body.with(&Markup::paragraph(texts.made.with("moment", &times.moment(kept.made_at))));
            if let Some(report) = &kept.report {
                body = body.with(&lines(report)).with(&releasing(&state, kept, report, (&path, &csrf)));
            }
            body = body.with(&make(&texts.make_anew));
        }
    }
    Ok(frame.back(place(talk.id), texts.back.as_str()).answer(&body))
}

/// The forms by which parts are released, and taken back.
fn releasing(state: &Talks, kept: &Kept, report: &Report, (path, csrf): (&str, &str)) -> Markup {
    let texts = texts();
    if !state.may_release() {
        return Markup::paragraph(texts.may_not.as_str());
    }
    let has = |number: &u8| report.parts.iter().any(|(of, _)| of == number);
    let parts = (0_u8..).zip(PARTS).filter(|(number, _)| has(number));
    let choices = parts.map(|(number, (heading, name))| Choice::new(number.to_string(), format!("{heading}: {name}")));
    let form = Form::post("release", path, csrf)
        .hidden("made_at", kept.made_at.to_string())
        .field(
            Field::checks("parts", texts.release.as_str(), choices.collect())
                .hint(texts.release_hint.as_str())
                .optional(),
        )
        .button(Button::quiet(texts.send.as_str()).sends("do", "release"));
    let numbers: Vec<String> = kept.released.iter().map(ToString::to_string).collect();
    let held: Vec<(&str, &str)> = numbers.iter().map(|number| ("parts", number.as_str())).collect();
    let mut body = Markup::of(&form.keep(held));
    if kept.released_at.is_some() {
        let back = Form::post("take-back", path, csrf).hidden("made_at", kept.made_at.to_string());
        body = body.with(&back.button(Button::quiet(texts.take_back.as_str()).sends("do", "take_back")));
    }
    body
}

/// Makes a report, releases parts of one, or takes them back.
pub(super) async fn change(
    asker: Asker,
    State(state): State<Talks>,
    Path(text): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, .. } = own::find(&state, &own, id(&text)?).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let of = (talk.person, talk.id);
    match typed.get("do") {
        "make" => report::make(&state, of).await?,
        wanted => {
            let chosen = typed.all("parts").into_iter().filter_map(|part| part.parse().ok());
            let parts: BTreeSet<u8> = if wanted == "release" { chosen.collect() } else { BTreeSet::new() };
            let made_at = typed.get("made_at").parse().unwrap_or_default();
            report::release(&state, of, By::asker(&asker).as_ref(), (&parts, made_at)).await?;
        }
    }
    Ok(go_to(&format!("{}/report?done=saved", place(talk.id)), Vec::new()))
}
