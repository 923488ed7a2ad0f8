//! What is answered: where the talk stands, and what was heard, choose the lines.
//!
//! | stage | what is said | what comes next |
//! |---|---|---|
//! | opening | what this is; a plan of last time, a figure or an open question | exploring |
//! | exploring | what was heard is taken up, by how it sounded; one question | after some turns reflecting |
//! | reflecting | it is put together, and asked whether that is right | planning, or on where somebody only wants to be heard |
//! | planning | one small thing to try; another where it does not fit | closing |
//! | closing | is there anything else; goodbye with what they take along | exploring, where there is |
//!
//! No sentence is said twice in a talk, and none asks two things. Danger comes first in every stage ([`crate::crisis`]); the first two
//! answers behind it ask whether somebody is safe, and who could be with them.

mod plan;
mod say;
#[cfg(test)]
mod tests;

use crate::context::Context;
use crate::crisis::{Resources, urgent};
use crate::hearing::{Heard, Intent, Wants};
use crate::memory::{Remembered, RememberedKind};
use crate::reply::{Reply, SupportType};
use crate::severity::Severity;
use crate::state::{Safety, Stage, State, Waiting};
use crate::tone::Tone;

use say::Say;

/// After so many turns about one thing it is put together.
const EXPLORED: u32 = 4;
/// The same where somebody wants to be heard only.
const LISTENED: u32 = 12;
/// From this turn on about one thing questions go deeper.
const DEEPER: u32 = 2;
/// So few words are an answer and nothing more.
const FEW_WORDS: u32 = 4;
/// So often in a talk it is asked directly whether somebody thinks of ending their life.
const MOST_DIRECT: u8 = 2;
/// What is remembered where somebody wants no advice.
const PREFERS: &str = "You would rather be listened to than given advice.";

/// How a talk begins, or goes on when its page is opened again.
pub fn open(state: &mut State, context: &Context) -> Reply {
    let mut say = Say::new(state, context.seed);
    let shared = &say.bank.shared;
    if say.state.kept().begun {
        say.line(&shared.returning);
        say.ask(&shared.invite, Waiting::Open);
        return say.done();
    }
    say.kept().begun = true;
    let last =
        |kind: RememberedKind| context.remembered.iter().rev().find(|remembered: &&Remembered| remembered.kind == kind);
    if last(RememberedKind::Prefers).is_some() {
        say.kept().wants = Some(Wants::Listening);
    }
    say.line(if context.remembered.is_empty() { &shared.greeting } else { &shared.returning });
    say.line(&shared.who);
    let worst = context.concerns.iter().max_by_key(|(_, severity)| *severity);
    if let Some(plan) = last(RememberedKind::Plan) {
        let words = plan.said_back();
        say.filled(&shared.tried, |line| line.replace("{words}", &words));
        if let Some(problem) = plan.problem {
            say.state.begin(problem);
            say.kept().step = 1;
        }
        say.means(SupportType::FollowUp);
        say.ask(&shared.went, Waiting::Open);
    } else if let Some((problem, severity)) = worst
        && let Some(of) = say.bank.of(*problem)
    {
        say.this(of.opening(*severity));
        say.line(&shared.noticed);
        say.kept().offered = Some(*problem);
        say.ask(&shared.begin_there, Waiting::Begin);
    } else if let Some(problem) = last(RememberedKind::Talked).and_then(|talked| talked.problem) {
        say.filled(&shared.talked, |line| line.replace("{subject}", problem.subject()));
        say.state.begin(problem);
        say.kept().step = 1;
        say.means(SupportType::FollowUp);
        say.ask(&shared.since, Waiting::Open);
    } else {
        say.ask(&shared.invite, Waiting::Open);
    }
    say.done()
}

/// What is answered to what was heard.
pub fn answer(state: &mut State, heard: &Heard, context: &Context) -> Reply {
    if let Some(reply) = urgent(state, heard, context.country, Resources::built_in()) {
        return reply;
    }
    state.note_turn();
    let mut say = Say::new(state, context.seed);
    respond(&mut say, heard, context);
    say.done()
}

fn respond(say: &mut Say<'_>, heard: &Heard, context: &Context) {
    let shared = &say.bank.shared;
    let can_be_read = heard.words > 0 && !heard.foreign;
    if can_be_read && !heard.asks_about_us {
        say.state.hear(heard);
    }
    match say.state.safety() {
        Safety::Told if heard.says_safe != Some(true) => return ask_whether_safe(say),
        Safety::Told | Safety::Asked => return ask_for_company(say, heard),
        Safety::Direct => {
            say.line(&shared.safe_yes);
            say.state.set_safety(Safety::Quiet);
        }
        Safety::Quiet if heard.hint && ask_directly(say) => return,
        Safety::Quiet => {}
    }
    if heard.words == 0 {
        say.line(&shared.empty);
        say.ask(&shared.write_again, Waiting::Open);
        return;
    }
    if heard.foreign {
        say.means(SupportType::Resources);
        say.line(&shared.foreign);
        say.ask(&shared.in_english, Waiting::Open);
        return;
    }
    if heard.asks_about_us {
        say.line(&shared.about_us);
        say.ask(&shared.go_on, Waiting::Open);
        return;
    }
    if heard.intent == Intent::Closing {
        return plan::goodbye(say);
    }
    if say.kept().ended {
        say.kept().ended = false;
        say.line(&shared.still_here);
    }
    match heard.wants {
        Some(Wants::Resources) => {
            say.means(SupportType::Resources);
            say.line(&shared.resources);
            say.ask(&shared.which_help, Waiting::Open);
        }
        Some(Wants::Listening) => {
            say.line(&shared.listening);
            let is_known = |remembered: &Remembered| remembered.kind == RememberedKind::Prefers;
            if !context.remembered.iter().any(is_known) {
                say.remember(RememberedKind::Prefers, None, PREFERS);
            }
            say.kept().stage = Stage::Exploring;
            question(say, heard, context);
        }
        Some(Wants::Advice) if say.state.subject().is_some() => plan::propose(say, context),
        Some(Wants::Advice) | None => by_stage(say, heard, context),
    }
}

fn by_stage(say: &mut Say<'_>, heard: &Heard, context: &Context) {
    let shared = &say.bank.shared;
    let waiting = say.state.kept().waiting;
    match say.state.stage() {
        Stage::Opening => opening(say, heard, context),
        Stage::Exploring => explore(say, heard, context),
        Stage::Reflecting if heard.agrees == Some(false) => {
            // It was not understood: one more question, and it is put together anew.
            say.line(&shared.acknowledge);
            let kept = say.kept();
            kept.stage = Stage::Exploring;
            kept.step = EXPLORED - 1;
            question(say, heard, context);
        }
        Stage::Reflecting if say.state.kept().wants == Some(Wants::Listening) => explore(say, heard, context),
        // There are plans for what the bank knows.
        Stage::Reflecting if say.state.subject().is_none() => {
            reflect(say, heard);
            plan::wind_down(say);
        }
        Stage::Reflecting => {
            reflect(say, heard);
            say.kept().stage = Stage::Planning;
            if !say.ask(&shared.offer, Waiting::Offer) {
                plan::wind_down(say);
            }
        }
        Stage::Planning if waiting == Waiting::Offer && heard.agrees == Some(false) => {
            say.line(&shared.listening);
            let kept = say.kept();
            (kept.wants, kept.stage) = (Some(Wants::Listening), Stage::Exploring);
            question(say, heard, context);
        }
        Stage::Planning if waiting == Waiting::Fit => match (heard.agrees, heard.tone) {
            (Some(true), _) | (None, Some(Tone::Hopeful | Tone::Content)) => plan::accept(say),
            (Some(false), _) | (None, Some(Tone::Resigned | Tone::Angry)) => plan::decline(say, context),
            (None, _) => {
                reflect(say, heard);
                if !say.ask(&shared.fit, Waiting::Fit) {
                    plan::wind_down(say);
                }
            }
        },
        Stage::Planning => {
            if heard.agrees.is_none() {
                reflect(say, heard);
            }
            plan::propose(say, context);
        }
        Stage::Closing if waiting == Waiting::Else && heard.problems.is_empty() => match heard.agrees {
            Some(false) => plan::goodbye(say),
            Some(true) if heard.words <= FEW_WORDS => {
                let kept = say.kept();
                (kept.stage, kept.subject) = (Stage::Opening, None);
                if !say.ask(&shared.invite, Waiting::Open) {
                    say.line(&shared.listening_on);
                }
            }
            Some(true) | None => explore(say, heard, context),
        },
        Stage::Closing => explore(say, heard, context),
    }
}

fn opening(say: &mut Say<'_>, heard: &Heard, context: &Context) {
    let shared = &say.bank.shared;
    let offered = say.kept().offered.take();
    if say.state.kept().waiting == Waiting::Begin && say.state.subject().is_none() {
        match offered {
            Some(problem) if heard.agrees != Some(false) => {
                say.state.begin(problem);
                // The figure was named already: it is not said once more that it was heard.
                say.kept().stage = Stage::Exploring;
                reflect(say, heard);
                return question(say, heard, context);
            }
            _ => {
                say.line(&shared.acknowledge);
                if say.ask(&shared.invite, Waiting::Open) {
                    return;
                }
            }
        }
    }
    if heard.intent == Intent::Greeting && say.state.subject().is_none() && say.ask(&shared.invite, Waiting::Open) {
        return;
    }
    explore(say, heard, context);
}

/// Takes up what was said, and asks one thing about it, or puts it together.
fn explore(say: &mut Say<'_>, heard: &Heard, context: &Context) {
    let shared = &say.bank.shared;
    let step = say.state.kept().step;
    say.kept().stage = Stage::Exploring;
    let named = say.of_subject().filter(|_| step == 0);
    if named.is_none_or(|of| !say.line(&of.heard)) {
        reflect(say, heard);
    }
    let at_ease = say.state.in_a_row(Tone::Content) >= 2;
    let no_more = say.state.in_a_row(Tone::Guarded) >= 3;
    if step > 0 && (at_ease || no_more) {
        return plan::wind_down(say);
    }
    if say.state.kept().wants == Some(Wants::Listening) {
        if step >= LISTENED {
            say.line(&shared.enough);
            return plan::wind_down(say);
        }
    } else if step + 1 >= EXPLORED {
        return summarise(say);
    }
    question(say, heard, context);
}

/// Says that it arrived, by how it sounded.
fn reflect(say: &mut Say<'_>, heard: &Heard) {
    let shared = &say.bank.shared;
    if let Some(tone) = heard.tone {
        say.means(SupportType::Validation);
        let own = say.of_subject().map(|of| of.answer(tone).reflect.as_str());
        if own.is_some_and(|own| say.this(own)) || say.line(&shared.of(tone).reflect) {
            return;
        }
        if tone == Tone::Content && say.line(&shared.glad) {
            return;
        }
    }
    if !say.line(&shared.acknowledge) {
        say.line(&shared.listening_on);
    }
}

/// Asks one thing: by how the answer sounded, by what it is about, or of a general kind. Where nothing is left to ask, it is enough.
fn question(say: &mut Say<'_>, heard: &Heard, context: &Context) {
    let shared = &say.bank.shared;
    let step = say.state.kept().step;
    say.kept().step = step + 1;
    if let (Some(of), Some(problem)) = (say.of_subject(), say.state.subject()) {
        let grave = context.severity(problem) >= Some(Severity::Significant);
        let follow = heard.tone.filter(|_| step > 0).map(|tone| std::slice::from_ref(&of.answer(tone).follow));
        let key = if grave && step > 0 || step >= DEEPER {
            [&of.ask.deeper, &of.ask.first]
        } else {
            [&of.ask.first, &of.ask.deeper]
        };
        if follow.is_some_and(|follow| say.ask(follow, Waiting::Open))
            || key.into_iter().any(|questions| say.ask(questions, Waiting::Open))
        {
            return;
        }
    }
    if !say.ask(&shared.explore, Waiting::Open) {
        say.line(&shared.enough);
        plan::wind_down(say);
    }
}

/// Puts together what was heard, and asks whether that is right.
fn summarise(say: &mut Say<'_>) {
    let shared = &say.bank.shared;
    let tells: Vec<&str> = say.state.main_tones().into_iter().map(|tone| shared.of(tone).tells.as_str()).collect();
    let tones = if tells.is_empty() { shared.nothing_told.clone() } else { tells.join(" and ") };
    match say.state.subject() {
        Some(problem) => {
            say.filled(&shared.summary, |line| line.replace("{subject}", problem.subject()).replace("{tones}", &tones))
        }
        None => say.filled(&shared.summary_open, |line| line.replace("{tones}", &tones)),
    };
    say.means(SupportType::Validation);
    say.kept().stage = Stage::Reflecting;
    if !say.ask(&shared.check, Waiting::Check) {
        plan::wind_down(say);
    }
}

/// Asks whether somebody thinks of ending their life: plainly, and not with every hint.
fn ask_directly(say: &mut Say<'_>) -> bool {
    let shared = &say.bank.shared;
    if say.state.kept().direct >= MOST_DIRECT || !say.line(&shared.directly) {
        return false;
    }
    say.means(SupportType::FollowUp);
    let asked = say.ask(&shared.thoughts, Waiting::Open);
    if asked {
        say.kept().direct += 1;
        say.state.set_safety(Safety::Direct);
    }
    asked
}

/// The first answer behind the fixed words.
fn ask_whether_safe(say: &mut Say<'_>) {
    let shared = &say.bank.shared;
    say.means(SupportType::FollowUp);
    let asked = say.ask(&shared.safe_now, Waiting::Open);
    if !asked {
        say.line(&shared.help_stays);
    }
    say.state.set_safety(if asked { Safety::Asked } else { Safety::Quiet });
}

/// The second: somebody is not alone with it, if that can be.
fn ask_for_company(say: &mut Say<'_>, heard: &Heard) {
    let shared = &say.bank.shared;
    say.means(SupportType::FollowUp);
    let is_safe = heard.says_safe.or(heard.agrees) == Some(true);
    if !(is_safe && say.line(&shared.safe_yes)) {
        say.line(&shared.help_stays);
    }
    say.ask(&shared.company, Waiting::Open);
    say.state.set_safety(Safety::Quiet);
}
