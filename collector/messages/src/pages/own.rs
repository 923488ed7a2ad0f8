use attune_analysis::text::crisis::Level;
use attune_analysis::text::{Sentiment, TextEmotion};
use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Form, Weight};
use attune_pages::part::{Fold, Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, MessageWords, percent, words};
use attune_people::access::By;
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::writers;
use crate::consent::{self, Choice, VERSION};
use crate::own::{self, OwnMessage, OwnMessages};
use crate::rows::{Reason, Standing};
use crate::sealed::Consent;
use crate::state::Messages;

const PATH: &str = "/me/messages";
/// The place of the header below which the page is.
const PLACE: &str = "/me/consent";

/// Which part is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: Option<String>,
}

fn texts() -> &'static MessageWords {
    &words().messages
}

/// One's own messages.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Messages>,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    page(&state, &asker, asked.before.as_deref(), None).await
}

async fn page(
    state: &Messages,
    asker: &Asker,
    before: Option<&str>,
    refused: Option<&Problem>,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), asker).await?;
    let before = own::before(before)?;
    let seen = own::of(state, &own, before).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let finding = finding(&seen, &times);
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &texts().own.title, &finding, PLACE).await?;
    let mut body = help(state, &seen, &times);
    if let Some(problem) = refused {
        body = body.with(&Notice::new(Tone::Warning, texts().own.consent.as_str(), problem.detail.as_str()));
    }
    let names = writers::own(state, &own, &times, &csrf).await?;
    body = body.with(&agreeing(state, &seen, &times, &csrf)).with(&table(&seen, &times)).with(&names);
    Ok(frame.refused(refused.is_some()).answer(&body))
}

fn finding(seen: &OwnMessages, times: &Calendar) -> String {
    let texts = &texts().own;
    match seen.consent.filter(|consent| consent.analyse) {
        None => match seen.consent {
            Some(refused) => texts.refused.with("moment", &times.moment(refused.at)),
            None => texts.not_agreed.clone(),
        },
        Some(consent) => {
            let read = match seen.counts[2] {
                0 => texts.none_read.clone(),
                read => texts.read.of(read),
            };
            texts.agreed.fill(&[("moment", &times.moment(consent.at)), ("read", &read)])
        }
    }
}

/// Where help is, where something speaks for it: calm, and no advice beyond.
fn help(state: &Messages, seen: &OwnMessages, times: &Calendar) -> Markup {
    let Some((_, at)) = seen.help else { return Markup::none() };
    let texts = &texts().own;
    let lines = state.settings().help.join(" ");
    let told = if seen.has_called { &texts.help_told } else { &texts.help_untold };
    let text = texts.help_text.fill(&[("moment", &times.moment(at)), ("told", told), ("lines", &lines)]);
    Markup::of(&Notice::new(Tone::Plain, texts.help.as_str(), text))
}

/// What is agreed to, and the forms by which that is changed. To agree and to say no are two buttons of one weight; whoever said no to the
/// text of now is not asked again, and can change their mind.
pub(crate) fn agreeing(state: &Messages, seen: &OwnMessages, times: &Calendar, csrf: &str) -> Markup {
    let texts = &texts().own;
    let (of_now, _) = consent::texts(VERSION);
    let barred = state.check_taken_in().err();
    let is_of_now = |consent: &Consent| consent.text_version == VERSION;
    let mut markup = match seen.consent {
        Some(consent) if consent.analyse => {
            let (agreed, _) = consent::texts(consent.text_version);
            Markup::heading(texts.consented.as_str()).with(&Markup::paragraph(agreed))
        }
        Some(consent) if is_of_now(&consent) => Markup::heading(texts.consent.as_str())
            .with(&Markup::paragraph(texts.refused_text.as_str()))
            .with(&Fold::new(texts.text_of.as_str(), &Markup::paragraph(of_now))),
        _ => Markup::heading(texts.consent.as_str()).with(&Markup::paragraph(of_now)),
    };
    if let Some(problem) = &barred {
        markup = markup.with(&Notice::new(Tone::Plain, texts.barred.as_str(), problem.detail.as_str()));
    }
    let may = barred.is_none();
    match seen.consent {
        Some(consent) if consent.analyse => {
            if may && !is_of_now(&consent) {
                let says = texts.new_text_agreed.with("moment", &times.moment(consent.at));
                markup = markup.with(&Notice::new(Tone::Plain, texts.new_text.as_str(), says));
                markup = markup.with(&Markup::paragraph(of_now));
                let keep_text = if consent.keep_text && state.settings().keep_text { "yes" } else { "no" };
                let form = answers(csrf, (&texts.agree_anew, &texts.withdraw)).hidden("keep_text", keep_text);
                return markup.with(&form).with(&Markup::paragraph(texts.withdraw_hint.as_str()));
            }
            if may && state.settings().keep_text {
                markup = markup.with(&keeping(consent, csrf));
            }
            let withdraw = said("withdraw", csrf, "no").button(Button::quiet(texts.withdraw.as_str()));
            markup.with(&withdraw).with(&Markup::paragraph(texts.withdraw_hint.as_str()))
        }
        Some(consent) if is_of_now(&consent) => match may {
            true => markup.with(&said("agree", csrf, "yes").button(Button::quiet(texts.agree_after_all.as_str()))),
            false => markup,
        },
        before => {
            if before.is_some() {
                let says = texts.new_text_after_no.as_str();
                markup = markup.with(&Notice::new(Tone::Plain, texts.new_text.as_str(), says));
            }
            let has_messages = seen.counts.iter().any(|count| *count > 0);
            match may {
                true => markup = markup.with(&answers(csrf, (&texts.agree, &texts.refuse))),
                false if has_messages => {
                    let withdraw = said("withdraw", csrf, "no").button(Button::quiet(texts.withdraw.as_str()));
                    markup = markup.with(&withdraw);
                }
                false => {}
            }
            if has_messages { markup.with(&Markup::paragraph(texts.withdraw_hint.as_str())) } else { markup }
        }
    }
}

/// A form that says one thing.
fn said(id: &str, csrf: &str, analyse: &str) -> Form {
    Form::post(id, PATH, csrf).hidden("analyse", analyse).hidden("text_version", VERSION.to_string())
}

/// The question: two buttons of one weight, neither chosen beforehand.
fn answers(csrf: &str, (yes, no): (&str, &str)) -> Form {
    Form::post("agree", PATH, csrf)
        .hidden("text_version", VERSION.to_string())
        .button(Button::new(yes, Weight::Equal).sends("analyse", "yes"))
        .button(Button::new(no, Weight::Equal).sends("analyse", "no"))
}

/// Whether texts are kept, and both answers to it.
fn keeping(consent: Consent, csrf: &str) -> Markup {
    let texts = &texts().own;
    let (_, text) = consent::texts(VERSION);
    let now = if consent.keep_text { &texts.keeps } else { &texts.keeps_not };
    let form = said("keep", csrf, "yes")
        .button(Button::new(texts.keep.as_str(), Weight::Equal).sends("keep_text", "yes"))
        .button(Button::new(texts.keep_not.as_str(), Weight::Equal).sends("keep_text", "no"));
    let mut body = Markup::heading(texts.kept.as_str()).with(&Markup::paragraph(now.as_str()));
    if !consent.keep_text {
        body = body.with(&Markup::paragraph(texts.keep_would.as_str()));
    }
    body.with(&Markup::paragraph(text)).with(&form)
}

fn table(seen: &OwnMessages, times: &Calendar) -> Markup {
    let texts = &texts().own;
    let columns = [
        &texts.when,
        &texts.channel,
        &texts.stands,
        &texts.sounds,
        &texts.feeling,
        &texts.stress,
        &texts.danger,
        &texts.outside,
    ];
    let columns = columns.map(|text| Column::new(text.as_str())).to_vec();
    let next = seen.next.map(|next| format!("{PATH}?before={}", own::written(next)));
    let table = Table::new(texts.table.as_str(), columns)
        .when_empty(&Shown::Empty { what: texts.empty.clone(), step: None })
        .note(texts.note.as_str())
        .pages(None, next);
    Markup::of(&seen.messages.iter().map(|one| row(one, times)).fold(table, Table::row))
}

fn row(one: &OwnMessage, times: &Calendar) -> Row {
    let texts = &texts().own;
    let read = one.scores.as_ref().and_then(|scores| scores.read.ok());
    let unread = one.scores.as_ref().and_then(|scores| scores.read.err()).map(crate::names::unread);
    let likely = |what: &str, score: f64| texts.likely.fill(&[("what", what), ("share", &percent(score))]);
    let yes_or_no = |is_so: bool| if is_so { texts.yes.as_str() } else { texts.no.as_str() };
    let cell = |text: Option<String>| text.map_or_else(Cell::none, Cell::text);
    // A feeling can be none; what was not read has none that is known.
    let of_it = |text: Option<String>| Cell::text(text.unwrap_or_else(|| texts.unread.clone()));
    // Words that speak for danger are found in messages, too, that the network can't read.
    let danger = one.scores.as_ref().map(|scores| scores.level).filter(|level| read.is_some() || *level != Level::None);
    let stands = match one.reason.map(Reason::words).or(unread) {
        Some(why) => format!("{}: {why}", standing(one.standing)),
        None => standing(one.standing).to_owned(),
    };
    Row::new(vec![
        Cell::of(&times.when(one.said_at)),
        cell(one.channel.as_ref().map(|channel| channel.name.clone())),
        Cell::text(stands),
        of_it(read.map(|read| likely(sentiment(read.sentiment.label), read.sentiment.score))),
        of_it(read.map(|read| likely(emotion(read.emotion.label), read.emotion.score))),
        of_it(read.map(|read| likely(yes_or_no(read.stress.label), read.stress.score))),
        of_it(danger.map(|of| level(of).to_owned())),
        cell(one.scores.as_ref().map(|scores| yes_or_no(scores.is_outside).to_owned())),
    ])
}

fn standing(of: Standing) -> &'static str {
    let [pending, processing, completed, failed] = &texts().own.standings;
    match of {
        Standing::Pending => pending,
        Standing::Processing => processing,
        Standing::Completed => completed,
        Standing::Failed => failed,
    }
}

fn sentiment(of: Sentiment) -> &'static str {
    let [positive, negative, neutral] = &texts().own.sentiments;
    match of {
        Sentiment::Positive => positive,
        Sentiment::Negative => negative,
        Sentiment::Neutral => neutral,
    }
}

fn emotion(of: TextEmotion) -> &'static str {
    let [sadness, joy, love, anger, fear, surprise, none] = &texts().own.emotions;
    match of {
        TextEmotion::Sadness => sadness,
        TextEmotion::Joy => joy,
        TextEmotion::Love => love,
        TextEmotion::Anger => anger,
        TextEmotion::Fear => fear,
        TextEmotion::Surprise => surprise,
        TextEmotion::None => none,
    }
}

fn level(of: Level) -> &'static str {
    let levels = &texts().levels;
    match of {
        Level::None => &levels.none,
        Level::Low => &levels.low,
        Level::Moderate => &levels.moderate,
        Level::High => &levels.high,
        Level::Critical => &levels.critical,
    }
}

/// Agrees, or withdraws, and shows the page anew.
pub(super) async fn choose(asker: Asker, State(state): State<Messages>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let fields = Fields::take(state.people().bodies(), request).await?;
    let choice = Choice {
        analyse: fields.get("analyse") == "yes",
        keep_text: fields.get("keep_text") == "yes",
        text_version: fields.get("text_version").parse().unwrap_or_default(),
    };
    match consent::choose(&state, &own, By::asker(&asker).as_ref(), choice).await {
        Ok(()) => Ok(go_to(PATH, Vec::new())),
        Err(problem) if problem.status == 409 => {
            let problem = Problem { detail: texts().own.changed.clone(), ..problem };
            let shown = page(&state, &asker, None, Some(&problem)).await?;
            Ok((StatusCode::CONFLICT, shown).into_response())
        }
        Err(problem) => Err(problem),
    }
}
