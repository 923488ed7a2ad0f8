//! What is done with what is kept where no agent runs.

use std::sync::Arc;

use attune_analysis::baseline::Baseline;
use attune_protocol::ids::{DeviceId, Seq};

use super::keeper::{Forgotten, Keeper, baseline};
use super::status::Status;
use crate::AgentError;
use crate::check_in::Answer;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::Control;
use crate::identity::{Enrolment, Identity, Standing};
use crate::outbox::{self, Limits, Outbox, Waiting};
use crate::own::Between;
use crate::uplink::Heard;

/// Keeps, where no agent runs, what the person says of themselves: the next run sends it.
///
/// # Errors
/// When the device is not enrolled, an agent has just started, or as [`Keeper::check_in`] says.
pub(crate) fn check_in(config: &Config, answer: Answer) -> Result<(), AgentError> {
    let mut keeper = without_agent(config)?.ok_or_else(|| AgentError::NotEnrolled(config.state.clone()))?;
    keeper.check_in(answer)?;
    keeper.recount();
    Ok(())
}

/// Carries out, where no agent runs, what was decided: removes what waits of modalities whose consent was withdrawn, and
/// says how many records that were.
///
/// # Errors
/// When an agent has just started, which carries it out itself, or the outbox cannot be written.
pub(crate) fn carry_out(config: &Config) -> Result<u64, AgentError> {
    let Some(keeper) = without_agent(config)? else { return Ok(0) };
    Ok(keeper.removed())
}

/// Forgets a stretch of time where no agent runs; `None` where there is nothing that could be.
///
/// # Errors
/// When an agent has just started, or what stays cannot be written.
pub(crate) fn forget(config: &Config, between: Between) -> Result<Option<Forgotten>, AgentError> {
    let Some(mut keeper) = without_agent(config)? else { return Ok(None) };
    let forgotten = keeper.forget(between)?;
    keeper.recount();
    Ok(Some(forgotten))
}

/// Looks at what waits where no agent runs, from a place on; `None` where there is nothing.
///
/// # Errors
/// When an agent has just started, or the outbox does not read.
pub(crate) fn waiting(config: &Config, from: Seq, most: usize) -> Result<Option<Vec<Waiting>>, AgentError> {
    open_outbox(config)?.map(|(outbox, ..)| outbox.look(from, most)).transpose()
}

/// What was learnt, where no agent runs.
///
/// # Errors
/// When an agent has just started, or the outbox does not read.
pub(crate) fn learnt(config: &Config) -> Result<Baseline, AgentError> {
    Ok(open_outbox(config)?.map(|(outbox, ..)| baseline(&outbox)).unwrap_or_default())
}

/// Says anew what waits, where no agent runs.
///
/// # Errors
/// When an agent has just started, or the outbox or the status cannot be read or written.
pub(crate) fn recount(config: &Config) -> Result<(), AgentError> {
    let Some((outbox, ..)) = open_outbox(config)? else { return Ok(()) };
    Status::recount(&config.state, &outbox)
}

/// The outbox of a device that is enrolled, with what else stands of it.
fn open_outbox(config: &Config) -> Result<Option<(Arc<Outbox>, DeviceId, Enrolment)>, AgentError> {
    let state = &config.state;
    let Some(Identity { device, seal, standing: Standing::Enrolled(enrolment), .. }) = Identity::load(state)? else {
        return Ok(None);
    };
    let folder = state.join(outbox::FOLDER);
    if !outbox::is_there(&folder) {
        return Ok(None);
    }
    // Bounds are for who keeps: nothing leaves here but what was withdrawn.
    let limits = Limits { bytes: u64::MAX, age_millis: i64::MAX };
    let now = Clock::start().now().millis();
    Ok(Some((Arc::new(Outbox::open(&folder, seal, enrolment.number, limits, now)?), device, enrolment)))
}

/// A keeper that has carried out what was decided.
fn without_agent(config: &Config) -> Result<Option<Keeper>, AgentError> {
    let Some((outbox, device, enrolment)) = open_outbox(config)? else { return Ok(None) };
    let heard = Arc::new(Heard::load(&config.state, &enrolment));
    let control = Arc::new(Control::of(&config.state));
    let mut keeper = Keeper::open(config, device, outbox, None, Clock::start(), heard, control)?;
    keeper.keep(Vec::new())?;
    keeper.recount();
    Ok(Some(keeper))
}
