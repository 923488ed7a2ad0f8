//! `/me/trends`: how somebody's days went, what is usual for them, and what they can try.

use askama::Template;
use attune_ground::http::{Problem, Query};
use attune_pages::Markup;
use attune_pages::form::{ButtonLink, Weight};
use attune_pages::part::{Fold, Notice, Tabs, Tone};
use attune_pages::state::State as Shown;
use attune_pages::words::{Calendar, words};
use attune_people::me::Own;
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::Router;
use axum::extract::{FromRef, State};
use axum::response::Response;
use axum::routing::get;

use super::compared::HOW;
use super::view::{Asked, LENGTHS, Line, SPANS, TrendsQuery, View};
use crate::Wellbeing;
use crate::bucket::Span;
use crate::figures::advice::advise;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    Router::new().route("/me/trends", get(show))
}

async fn show(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(asked): Query<TrendsQuery>,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let (finding, body) = page(&state, &own, Asked::read(&asked)?, &times).await?;
    let Opened { frame, .. } = opened(state.people(), &asker, &words().trends.title, &finding, "/me").await?;
    Ok(frame.answer(&body))
}

/// The finding of the page, and what stands below it.
pub(super) async fn page(
    state: &Wellbeing,
    own: &Own,
    asked: Asked,
    times: &Calendar,
) -> Result<(String, Markup), Problem> {
    let view = View::of(state, own, asked, times).await?;
    let texts = &words().trends;
    let lines = view.lines();
    let views = Tabs::new(texts.views.as_str()).tab(texts.today.as_str(), "/me", false);
    let mut body = Markup::of(&views.tab(texts.title.as_str(), "/me/trends", true)).with(&choices(asked));
    if view.seen_days() == 0 {
        let step = ButtonLink::new("/me/devices", texts.devices.as_str(), Weight::Primary);
        body = body.with(&Shown::Empty { what: texts.empty.with("period", &view.name()), step: Some(step) });
        return Ok((times.says(), body));
    }
    body = body.with(&view.figures(&lines)).with(&advice(&view)).with(&view.charts(&lines));
    body = body.with(&view.compared(&lines)).with(&view.written()).with(&view.regularity());
    Ok((view.finding(&lines), body.with(&How { id: HOW, how: how(&lines) })))
}

/// Links to other days and pieces.
fn choices(asked: Asked) -> Markup {
    let texts = &words().trends;
    let days = LENGTHS.iter().fold(Tabs::new(texts.back.as_str()), |tabs, days| {
        tabs.tab(texts.last_days.of(days.unsigned_abs()), asked.with_days(*days), *days == asked.days)
    });
    let pieces = SPANS.iter().fold(Tabs::new(texts.pieces.as_str()), |tabs, span| {
        let name = match span {
            Span::Hour | Span::Day => &texts.day,
            Span::Week => &texts.week,
            Span::Month => &texts.month,
        };
        tabs.tab(name.as_str(), asked.with_span(*span), *span == asked.span)
    });
    Markup::of(&days).with(&pieces)
}

/// What can be tried, each with what was measured first.
fn advice(view: &View) -> Markup {
    let texts = &words().trends;
    let all = advise(&view.days, view.period.last);
    let heading = Markup::heading(texts.advice.as_str());
    if all.is_empty() {
        return heading.with(&Markup::paragraph(texts.advice_none.as_str()));
    }
    all.into_iter().fold(heading, |markup, one| {
        let days: Vec<String> = one.days.iter().map(|day| view.day(*day)).collect();
        let text = texts.advice_text.fill(&[
            ("may_mean", one.may_mean),
            ("try_this", one.try_this),
            ("source", one.source),
            ("days", &days.join(", ")),
        ]);
        markup.with(&Notice::new(Tone::Plain, one.measured, text))
    })
}

/// The part of the page to which figures link.
#[derive(Template)]
#[template(source = "<section id=\"{{ id }}\">{{ how }}</section>", ext = "html")]
struct How {
    id: &'static str,
    how: Fold,
}

fn how(lines: &[Line]) -> Fold {
    let texts = &words().trends;
    let general = [&texts.how_figure, &texts.how_usual, &texts.how_regular, &texts.how_score];
    let general: Markup = general.into_iter().map(|text| Markup::paragraph(text.as_str())).collect();
    let measures = lines.iter().map(|line| {
        let measure = line.measure;
        let said = [("title", measure.title), ("formula", measure.formula), ("source", measure.source)];
        Markup::paragraph(texts.how_measure.fill(&said))
    });
    Fold::new(texts.how.as_str(), &general.with(&measures.collect::<Markup>()))
}
