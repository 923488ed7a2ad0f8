use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form, Weight};
use attune_pages::part::Fold;
use attune_pages::words::{Calendar, TalkConsentWords};
use attune_people::access::By;
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::consent::{self, Choice, VERSION};
use crate::sealed::Consent;
use crate::state::Talks;

const PATH: &str = "/me/talk/consent";

fn texts() -> &'static TalkConsentWords {
    &super::texts().consent
}

/// What is agreed to, and the forms by which that is changed. To agree and to say no are two buttons of one weight.
pub(super) fn agreeing(state: &Talks, agreed: Option<Consent>, times: &Calendar, csrf: &str) -> Markup {
    let texts = texts();
    let [talk, memory, model, tell] = *consent::texts(VERSION);
    let Some(of) = agreed.filter(|consent| consent.talk) else {
        let form = said("agree", csrf)
            .button(Button::new(texts.agree.as_str(), Weight::Equal).sends("talk", "yes"))
            .button(Button::new(texts.refuse.as_str(), Weight::Equal).sends("talk", "no"));
        return Markup::heading(texts.title.as_str()).with(&Markup::paragraph(talk)).with(&form);
    };
    let mut form = said("allow", csrf).named(texts.choices.as_str()).hidden("talk", "yes");
    form = form.field(Field::check("memory", texts.memory.as_str()).hint(memory).optional());
    if state.model().is_some() {
        form = form.field(Field::check("model", texts.model.as_str()).hint(model).optional());
    }
    if state.danger().is_some() {
        form = form.field(Field::check("tell", texts.tell.as_str()).hint(tell).optional());
    }
    let held = [("memory", of.memory), ("model", of.model), ("tell", of.tell)];
    let held: Vec<(&str, &str)> = held.iter().filter(|(_, is_so)| *is_so).map(|(name, _)| (*name, "yes")).collect();
    let form = form.keep(held).button(Button::quiet(texts.save.as_str()));
    let withdraw = said("withdraw", csrf).hidden("talk", "no").button(Button::dangerous(texts.withdraw.as_str()));
    let [agreed_to, ..] = *consent::texts(of.text_version);
    Markup::heading(texts.title.as_str())
        .with(&Fold::new(texts.agreed.with("moment", &times.moment(of.at)), &Markup::paragraph(agreed_to)))
        .with(&form)
        .with(&withdraw)
        .with(&Markup::paragraph(texts.withdraw_hint.as_str()))
}

fn said(id: &str, csrf: &str) -> Form {
    Form::post(id, PATH, csrf).hidden("text_version", VERSION.to_string())
}

/// Agrees, or withdraws, and shows the page anew.
pub(super) async fn choose(asker: Asker, State(state): State<Talks>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let is_yes = |name: &str| typed.get(name) == "yes";
    let choice = Choice {
        talk: is_yes("talk"),
        memory: is_yes("memory"),
        model: is_yes("model"),
        tell: is_yes("tell"),
        text_version: typed.get("text_version").parse().unwrap_or_default(),
    };
    match consent::choose(&state, own.person, By::asker(&asker).as_ref(), choice).await {
        Ok(()) => Ok(go_to("/me/talk?done=saved", Vec::new())),
        Err(problem) if problem.status == 409 => Ok(go_to("/me/talk?done=changed", Vec::new())),
        Err(problem) => Err(problem),
    }
}
