//! `outbox check` and `outbox repair`: what waits on this device, and its repair, while no agent runs.

use attune_protocol::seal::SealKey;
use jiff::Timestamp;
use tracing::debug;

use super::arguments::OutboxCommand;
use crate::AgentError;
use crate::config::Config;
use crate::identity::{Enrolment, Identity};
use crate::keeping;
use crate::outbox::{self, Damage, Gone, Left, Records, Repaired, Report};
use crate::output::line;

pub(super) fn execute(config: &Config, command: &OutboxCommand) -> Result<(), AgentError> {
    let (Identity { seal, .. }, enrolment) = Identity::load_enrolled(&config.state)?;
    let done = match command {
        OutboxCommand::Check { json } => check(config, seal, enrolment, *json),
        OutboxCommand::Repair => repair(config, seal, enrolment),
    };
    match done {
        Err(AgentError::OutboxInUse(_)) => Err(AgentError::OutboxBusy(config.state.clone())),
        done => done,
    }
}

fn check(config: &Config, seal: SealKey, enrolment: Enrolment, json: bool) -> Result<(), AgentError> {
    let folder = config.state.join(outbox::FOLDER);
    let report = outbox::check(&folder, seal, enrolment.number, keeping::limits(config))?;
    if json {
        line(serde_json::to_string(&report).expect("a report is names and numbers"))?;
    } else {
        match &report {
            Some(report) => tell(report)?,
            None => line("nothing was kept yet")?,
        }
    }
    match report.and_then(|report| report.damage) {
        Some(damage) => Err(AgentError::OutboxDamaged(damage.lost)),
        None => Ok(()),
    }
}

fn tell(report: &Report) -> Result<(), AgentError> {
    let Report { format, newest_format, epoch, enrolment, told, bytes, max_bytes, disk_bytes, max_disk_bytes, .. } =
        report;
    line(format_args!("format {format}, epoch {epoch}, enrolment {enrolment}"))?;
    if format < newest_format {
        line(format_args!("the next run, or 'attune-agent outbox repair', takes it over into format {newest_format}"))?;
    }
    if report.is_of_before {
        line("this device was enrolled anew since: the next run removes all of it")?;
    }
    let records: u64 = report.waiting.iter().map(|waiting| waiting.records).sum();
    line(format_args!(
        "waiting {records} records, and {told} changes of consent and counts: {bytes} bytes of {max_bytes}"
    ))?;
    for Records { modality, records, bytes, first, last } in &report.waiting {
        line(format_args!("  {:8} {records:6} records, {first:.0} to {last:.0}, {bytes} bytes", modality.name()))?;
    }
    line(format_args!("on the disk {disk_bytes} bytes of {max_disk_bytes}"))?;
    if report.aside_bytes > 0 {
        line(format_args!(
            "set aside: a damaged one, {} bytes in which nothing can be opened; it goes after fourteen days",
            report.aside_bytes
        ))?;
    }
    let Left { full, aged } = report.dropped;
    line(format_args!(
        "dropped since the enrolment: {full} for want of room (outbox.max_bytes), {aged} for their age (outbox.max_age_days)"
    ))?;
    line(format_args!("damaged before {}, lost before {}", report.damaged_before, report.lost_before))?;
    for turn in &report.turns {
        let at = Timestamp::from_millisecond(turn.at_millis).unwrap_or_default();
        line(format_args!(
            "began anew at {at:.0} with {} that waited, {} gone, because {}",
            turn.carried,
            turn.lost,
            turn.reason.words()
        ))?;
    }
    for told in &report.to_be_told {
        line(format_args!("the collector is to be told: {}", words(told)))?;
    }
    match &report.damage {
        None => line("all that was kept is there"),
        Some(Damage { why, lost, of }) => {
            line(format_args!("DAMAGED: {lost} items cannot be read any more, because {why}"))?;
            of.iter().try_for_each(|gone| line(format_args!("  {}", words(gone))))?;
            line(
                "what to do: 'attune-agent outbox repair' copies what is intact into a fresh outbox, as the next run would by \
                 itself, and the collector is told what is gone",
            )
        }
    }
}

fn words(Gone { modality, records, first, last }: &Gone) -> String {
    format!("up to {records} records of {} are gone, {first:.0} to {last:.0}", modality.name())
}

fn repair(config: &Config, seal: SealKey, enrolment: Enrolment) -> Result<(), AgentError> {
    let folder = config.state.join(outbox::FOLDER);
    let now = Timestamp::now().as_millisecond();
    let Some(Repaired { carried, lost, aside_bytes }) = outbox::repair(&folder, seal, enrolment.number, now)? else {
        return line("nothing is to be repaired");
    };
    if let Err(problem) = keeping::recount(config) {
        debug!(error = %problem, "the status still says what waited before");
    }
    line(format_args!(
        "a fresh outbox has the {carried} items that were intact; {lost} are gone, and the collector is told so"
    ))?;
    if aside_bytes > 0 {
        line(format_args!(
            "the damaged one is set aside as {}.damaged, {aside_bytes} bytes in which nothing can be opened any more; it goes after \
             fourteen days, and may be deleted",
            folder.display()
        ))?;
    }
    Ok(())
}
