use askama::Template;
use askama::filters::HtmlSafe;
use attune_pages::Markup;
use attune_pages::form::{Button, Form};
use attune_pages::part::{Facts, Notice, Tabs, Tone};
use attune_pages::words::Calendar;
use attune_protocol::ids::PersonId;

use super::super::api::id;
use super::super::events::Mark;
use super::super::seen::{Holder, OfSupported, Seen};
use super::super::words::{self, words};

/// Where the pages are.
pub(super) const OPEN: &str = "/alerts";
pub(super) const HISTORY: &str = "/alerts/history";
pub(super) const SETTINGS: &str = "/alerts/settings";

/// The script that says that something has changed.
pub(super) const SCRIPT: &str = "alerts.js";

/// Links between the pages.
pub(super) fn tabs(current: &str) -> Tabs {
    let texts = words();
    [(&texts.open_tab, OPEN), (&texts.history_tab, HISTORY), (&texts.settings_tab, SETTINGS)]
        .into_iter()
        .fold(Tabs::new(texts.views.as_str()), |tabs, (name, href)| tabs.tab(name.as_str(), href, href == current))
}

/// What a script shows once something has changed.
#[derive(Template)]
#[template(
    source = "<p class=\"text\" role=\"status\" hidden data-alerts-news=\"{{ known }}\">{{ text }} <a href=\"{{ href }}\">{{ show }}</a></p>",
    ext = "html"
)]
pub(super) struct News {
    /// How the alerts stood of which the page is made.
    known: String,
    text: &'static str,
    href: &'static str,
    show: &'static str,
}

impl HtmlSafe for News {}

impl News {
    /// Of a page that is made of these open ones.
    pub(super) fn of(open: &[Seen]) -> Self {
        let texts = words();
        Self { known: Mark::of(open).name, text: &texts.news, href: OPEN, show: &texts.show_news }
    }
}

/// What an alert is about, as a title.
pub(super) fn title(seen: &Seen) -> String {
    format!("{}, {}", words::title(seen.content.rule), about(seen))
}

/// About whom an alert is.
pub(super) fn about(seen: &Seen) -> String {
    match &seen.team {
        None => words().about_you.clone(),
        Some((_, name)) => words().about.with("team", name),
    }
}

/// Who holds an alert.
pub(super) fn holder(holder: Option<&Holder>) -> String {
    let texts = words();
    match holder {
        None => texts.nobody.clone(),
        Some(Holder::You) => texts.you.clone(),
        Some(Holder::Other(Some(name))) => name.clone(),
        Some(Holder::Other(None)) => texts.somebody.clone(),
    }
}

/// What is known of an alert.
pub(super) fn facts(seen: &Seen, times: &Calendar) -> Facts {
    let texts = words();
    let facts = Facts::new()
        .fact(texts.measured.as_str(), words::measured(&seen.content, times))
        .fact(texts.level.as_str(), words::level(seen.content.rule.level))
        .with(texts.since.as_str(), &times.when(seen.standing.opened_at))
        .fact(texts.holder.as_str(), holder(seen.holder.as_ref()))
        .fact(texts.source.as_str(), seen.content.rule.source);
    match seen.standing.closed_at {
        Some(at) => facts.with(texts.ended.as_str(), &times.when(at)),
        None => facts,
    }
}

/// The button with which somebody says that they hold an alert; none where somebody does, or where it has ended.
pub(super) fn acknowledge(seen: &Seen, csrf: &str) -> Markup {
    if seen.standing.acknowledged_at.is_some() || seen.standing.closed_at.is_some() {
        return Markup::none();
    }
    let id = id(seen);
    let form = Form::post(format!("hold-{id}"), format!("{OPEN}/{id}/acknowledge"), csrf);
    Markup::of(&form.button(Button::primary(words().acknowledge.as_str())))
}

/// With whom whoever looks is to get in touch, each with the button by which they say that they have.
pub(super) fn calls(supported: &[OfSupported], csrf: &str) -> Markup {
    let texts = &words().supporters;
    supported.iter().filter(|one| one.is_called).fold(Markup::none(), |markup, one| {
        let name = one.name.as_deref().unwrap_or(&texts.unnamed);
        let id = PersonId(one.of.id).to_string();
        let title = texts.call.with("name", name);
        let text = texts.call_text.with("name", name);
        let form = Form::post(format!("reached-{id}"), format!("/alerts/supported/{id}/reached"), csrf);
        let form = form.button(Button::primary(texts.reached.with("name", name)));
        markup.with(&Notice::new(Tone::Warning, title, text)).with(&form)
    })
}
