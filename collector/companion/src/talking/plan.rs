//! Small things to try, and how a talk ends.

use crate::bank::{OfProblem, bank};
use crate::context::Context;
use crate::memory::RememberedKind;
use crate::reply::SupportType;
use crate::severity::Severity;
use crate::state::{Stage, State, Waiting};

use super::say::{Say, number};

/// So many plans may be turned down before no other is looked for.
const MOST_DECLINED: u32 = 2;
/// Of so many subjects it is proposed to remember that they were talked about.
const MOST_TALKED: usize = 3;

/// Proposes one thing to try. Where there is none, the talk nears its end.
pub(super) fn propose(say: &mut Say<'_>, context: &Context) {
    let shared = &say.bank.shared;
    say.means(SupportType::Advice);
    let mut plans = say.of_subject().map(OfProblem::plans).unwrap_or_default();
    let severity = say.state.subject().and_then(|problem| context.severity(problem));
    if severity == Some(Severity::Severe) {
        // The one that takes others comes first.
        plans.reverse();
    }
    let plan = plans.into_iter().find(|plan| !say.state.has_said(number(plan)));
    let turned_down = say.state.kept().declined > MOST_DECLINED;
    let Some(plan) = plan.filter(|_| !turned_down) else {
        say.line(&shared.no_more_ideas);
        return wind_down(say);
    };
    say.line(&shared.lead);
    say.this(plan);
    let kept = say.kept();
    (kept.stage, kept.plan, kept.took_plan) = (Stage::Planning, Some(number(plan)), false);
    if !say.ask(&shared.fit, Waiting::Fit) {
        wind_down(say);
    }
}

/// They want to try it.
pub(super) fn accept(say: &mut Say<'_>) {
    let shared = &say.bank.shared;
    say.means(SupportType::Validation);
    say.line(&shared.accepted);
    if let Some(plan) = chosen(say.state) {
        say.kept().took_plan = true;
        let problem = say.state.subject();
        say.remember(RememberedKind::Plan, problem, plan);
    }
    wind_down(say);
}

/// It is not for them: another, or none.
pub(super) fn decline(say: &mut Say<'_>, context: &Context) {
    let shared = &say.bank.shared;
    say.line(&shared.declined);
    say.kept().declined += 1;
    propose(say, context);
}

/// Asks whether there is anything else.
pub(super) fn wind_down(say: &mut Say<'_>) {
    let shared = &say.bank.shared;
    say.kept().stage = Stage::Closing;
    if !say.ask(&shared.anything_else, Waiting::Else) {
        say.line(&shared.enough);
        say.kept().waiting = Waiting::Else;
    }
}

/// Says goodbye, with what they take along.
pub(super) fn goodbye(say: &mut Say<'_>) {
    let shared = &say.bank.shared;
    if let Some(plan) = chosen(say.state).filter(|_| say.state.kept().took_plan) {
        say.filled(&shared.taking_along, |line| line.replace("{words}", plan));
    }
    say.line(&shared.goodbye);
    let kept = say.kept();
    (kept.stage, kept.waiting, kept.took_plan, kept.ended) = (Stage::Closing, Waiting::Open, false, true);
    let talked = kept.talked.clone();
    for problem in talked.into_iter().rev().take(MOST_TALKED) {
        let words = format!("You talked about {}.", problem.subject());
        say.remember(RememberedKind::Talked, Some(problem), &words);
    }
}

/// The plan that was proposed last.
fn chosen(state: &State) -> Option<&'static str> {
    let wanted = state.kept().plan?;
    let subjects = state.talked().iter().filter_map(|problem| bank().of(*problem));
    subjects.flat_map(OfProblem::plans).find(|plan| number(plan) == wanted)
}
