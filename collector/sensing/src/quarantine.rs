//! `quarantine`: what is kept aside because it could not be read.

use attune_ground::time::rfc3339;
use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand};
use attune_protocol::ids::DeviceId;
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::ingest::quarantine::{Aside, Now, list};
use crate::ingest::{Replayed, replay};

/// Look at what could not be read and is kept aside, and take it in after an upgrade.
#[derive(Parser)]
#[command(name = "quarantine", display_order = 50)]
enum Quarantine {
    /// List it by device, and say what this version makes of it.
    #[command(after_help = "Example:\n  attune-collector quarantine list")]
    List,
    /// Take in what this version reads, by the rules that hold for what comes from devices. A collector may run meanwhile.
    #[command(after_help = "Example:\n  attune-collector quarantine replay")]
    Replay {
        /// Only of this device, 32 hexadecimal digits.
        #[arg(long, value_name = "ID")]
        device: Option<DeviceId>,
    },
}

pub(super) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Quarantine::command(),
        work: |line, given| Box::pin(async move { quarantine(Quarantine::from_arg_matches(&line)?, given).await }),
    }
}

async fn quarantine(asked: Quarantine, given: Given) -> Result<Said, Failed> {
    let Foundation { store, people, .. } = given.ground.await?;
    let out = match asked {
        Quarantine::List => table(&list(&store, &people).await?),
        Quarantine::Replay { device } => outcome(&replay(&store, &people, given.profile, device).await?),
    };
    store.close().await;
    Ok(Said { out, ..Said::default() })
}

/// The list of what is kept aside.
fn table(all: &[Aside]) -> String {
    if all.is_empty() {
        return "Nothing is kept aside.\n".into();
    }
    let mut text = String::new();
    for Aside { device, items, bytes, received: (first, last), now } in all {
        let (first, last) = (rfc3339(*first), rfc3339(*last));
        let now = match now {
            Now::Reads => "this version reads them: `attune-collector quarantine replay` takes them in".into(),
            Now::Unread(why) => format!("this version does not read them (failed to {why})"),
            Now::Erased => "their person was erased; `replay` removes them".into(),
            Now::Damaged => "damaged; put the database back from a copy".into(),
        };
        text += &format!("device {device}: {items} items, {bytes} bytes, received {first} to {last}: {now}\n");
    }
    text
}

/// What a replay has done.
fn outcome(done: &Replayed) -> String {
    let Replayed { stored, refused, erased, unread, waiting, damaged } = done;
    let mut text = format!("{stored} items taken in\n");
    for (items, what) in [
        (refused, "refused: no consent to them, or of a time that was deleted or cannot be"),
        (erased, "removed: their person was erased"),
        (unread, "not read by this version; they stay aside"),
        (waiting, "wait for a change of consent that has not come; they stay aside"),
        (damaged, "damaged; they stay aside"),
    ] {
        if *items > 0 {
            text += &format!("{items} items {what}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_device_number_times_and_what_to_do_and_a_replay_only_what_there_was() {
        let device = DeviceId([0xab; 16]);
        let of = |now| Aside { device, items: 3, bytes: 90, received: (0, 1000), now };
        let text =
            table(&[of(Now::Reads), of(Now::Unread("read an envelope: format version 9 is unknown here".into()))]);
        for part in ["abab: 3 items, 90 bytes, received 1970-01-01T00:00:00.000Z", "replay", "format version 9"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(table(&[]), "Nothing is kept aside.\n");
        let done = Replayed { stored: 2, waiting: 1, ..Replayed::default() };
        assert_eq!(outcome(&done).lines().count(), 2);
    }
}
