use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form, TextKind};
use attune_pages::part::{Notice, Tone};
use attune_pages::words::SafetyPlanWords;
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::{PLAN, Refused, TALKS, answered_as, refuse, tabs};
use crate::plan;
use crate::sealed::Plan;
use crate::state::Talks;
use crate::written::LONGEST_PART;

fn texts() -> &'static SafetyPlanWords {
    &super::texts().plan
}

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

/// One's safety plan.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Talks>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let done = match after.done.as_str() {
        "saved" => Some(&texts().saved),
        "removed" => Some(&texts().removed),
        _ => None,
    };
    let news = done.map_or_else(Markup::none, |says| Markup::of(&Notice::new(Tone::Done, says.as_str(), "")));
    page(&state, &asker, news, None).await
}

async fn page(state: &Talks, asker: &Asker, news: Markup, refused: Option<Refused<'_>>) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), asker).await?;
    let Some(key) = state.key_of(own.person).await? else { return Err(Problem::erased()) };
    let held = plan::of(state.store(), &key, own.person).await?.map(|(plan, _)| plan);
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &texts.title, &texts.finding, TALKS).await?;
    let form = refuse(form(held.as_ref(), &csrf), refused);
    let mut body = Markup::of(&tabs(PLAN)).with(&news).with(&form);
    if held.is_some() {
        let remove = Form::post("remove", PLAN, &*csrf);
        body = body.with(&remove.button(Button::dangerous(texts.remove.as_str()).sends("do", "remove")));
    }
    Ok(frame.refused(refused.is_some()).answer(&body))
}

fn form(held: Option<&Plan>, csrf: &str) -> Form {
    let texts = texts();
    let most = u32::try_from(LONGEST_PART).unwrap_or(u32::MAX);
    let part = |name: &str, label: &str, hint: &str| Field::lines(name, label, 3).hint(hint).at_most(most).optional();
    let form = Form::post("plan", PLAN, csrf)
        .field(part("signs", &texts.signs, &texts.signs_hint))
        .field(part("helps", &texts.helps, &texts.helps_hint))
        .field(part("people", &texts.people, &texts.people_hint))
        .field(part("professionals", &texts.professionals, &texts.professionals_hint))
        .field(part("safer", &texts.safer, &texts.safer_hint))
        .field(
            Field::text("country", texts.country.as_str(), TextKind::Name)
                .hint(texts.country_hint.as_str())
                .at_most(2)
                .optional(),
        );
    let none = Plan::default();
    let plan = held.unwrap_or(&none);
    let held = [
        ("signs", plan.signs.as_str()),
        ("helps", plan.helps.as_str()),
        ("people", plan.people.as_str()),
        ("professionals", plan.professionals.as_str()),
        ("safer", plan.safer.as_str()),
        ("country", plan.country.as_deref().unwrap_or_default()),
    ];
    form.keep(held).button(Button::primary(texts.save.as_str()).sends("do", "save"))
}

/// Writes it down, or throws it away.
pub(super) async fn change(asker: Asker, State(state): State<Talks>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    if typed.get("do") == "remove" {
        plan::remove(&state, own.person).await?;
        return Ok(go_to("/me/safety-plan?done=removed", Vec::new()));
    }
    let text = |name: &str| typed.get(name).to_owned();
    let given = Plan {
        signs: text("signs"),
        helps: text("helps"),
        people: text("people"),
        professionals: text("professionals"),
        safer: text("safer"),
        country: Some(text("country")),
    };
    match plan::write(&state, own.person, &given).await {
        Ok(()) => Ok(go_to("/me/safety-plan?done=saved", Vec::new())),
        Err(problem) if problem.status < 500 => {
            let shown = page(&state, &asker, Markup::none(), Some((&typed, &problem))).await?;
            Ok(answered_as(&problem, shown))
        }
        Err(problem) => Err(problem),
    }
}
