//! What the agent that runs, or ran last, says of itself.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::finding::Finding::{self, Fine, Note, Wrong};
use crate::cli::explain::why_refused;
use crate::control;
use crate::keeping::Status;

/// A running agent writes its status every second.
const OLD: SignedDuration = SignedDuration::from_secs(30);

pub(super) fn look(state: &Path) -> Vec<Finding> {
    let runs = control::running(state).ok().flatten().is_some();
    let mut found = vec![match runs {
        true => Fine("the agent runs".into()),
        false => Note("the agent does not run: 'attune-agent run' starts it".into()),
    }];
    match Status::load(state) {
        Ok(Some(status)) => found.extend(of(&status, runs, Timestamp::now())),
        Ok(None) => {}
        Err(problem) => found.push(Note(format!("what it said last does not read: failed to {problem}"))),
    }
    found
}

fn of(status: &Status, runs: bool, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    let at = Timestamp::from_millisecond(status.at_millis).unwrap_or_default();
    if runs && at.duration_until(now) > OLD {
        let todo = "end it and start it again; if it comes back, see whether the disk has room";
        found.push(Wrong(format!("the agent runs, but was last heard of at {at:.0}"), todo.into()));
    }
    let devices = status.devices.iter().filter(|_| runs);
    found.extend(devices.filter_map(|device| {
        Some(Wrong(format!("{} ({}) gives nothing", device.source, device.modality), device.trouble.clone()?))
    }));
    if runs && !status.connected {
        found.push(Note(format!("it is not connected; {} items wait", status.waiting)));
    }
    let again = "ask for a new code and run 'attune-agent enrol --again'";
    if status.unknown {
        found.push(Wrong("the collector does not know this device".into(), again.into()));
    }
    if status.refused {
        let again =
            "if it stays so for a minute, have it revoked, ask for a new code and run 'attune-agent enrol --again'";
        found.push(Wrong("the broker does not let this device in by its key".into(), again.into()));
    }
    if status.other_key {
        found.push(Wrong("answers come that another than its collector has signed".into(), again.into()));
    }
    for (answer, items) in
        status.settled.iter().filter(|(answer, _)| !matches!(answer.as_str(), "stored" | "quarantined"))
    {
        found.push(Note(format!("the collector refused {items} items: {}", why_refused(answer))));
    }
    let (dropped, damaged, lost) = (status.dropped, status.damaged, status.lost);
    if dropped + damaged + lost > 0 {
        found.push(Note(format!(
            "{dropped} records were dropped over the limits, {damaged} were damaged, {lost} were lost"
        )));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_says_of_itself_is_judged_by_whether_it_still_runs() {
        let now = Timestamp::from_second(1_772_000_000).unwrap();
        let mut status = Status::begin();
        status.at_millis = now.as_millisecond() - 3_600_000;
        status.connected = true;
        assert_eq!(of(&status, false, now), []);
        assert!(matches!(of(&status, true, now)[..], [Wrong(..)]));
        status.at_millis = now.as_millisecond();
        (status.unknown, status.other_key, status.refused, status.dropped) = (true, true, true, 3);
        assert!(matches!(of(&status, true, now)[..], [Wrong(..), Wrong(..), Wrong(..), Note(_)]));
    }
}
