//! What `quarantine` says.

use attune_ground::time::rfc3339;
use attune_sensing::ingest::Replayed;
use attune_sensing::ingest::quarantine::{Aside, Now};

/// The list of what is kept aside.
#[must_use]
pub fn table(all: &[Aside]) -> String {
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
#[must_use]
pub fn outcome(done: &Replayed) -> String {
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
    use attune_protocol::ids::DeviceId;

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
