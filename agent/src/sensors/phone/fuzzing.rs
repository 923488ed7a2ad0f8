//! Pushes as somebody sends them who has the token.

use attune_analysis::sample::Timestamp;
use attune_protocol::registry::Modality;

use super::inbox::Inbox;
use super::message::Message;

/// 2026-01-01 09:00:00 UTC, microseconds.
const BEGIN: i64 = 1_767_258_000_000_000;
/// Seconds for which older readings are waited for.
const LATE: f64 = 300.0;

/// Pushes, with a zero byte between one and the next; each comes ten seconds after the one before. What is given on is in the order
/// of time, whatever came.
pub(crate) fn pushes(bytes: &[u8]) {
    let mut inbox = Inbox::new(LATE);
    let open = Timestamp(BEGIN - 3_600_000_000);
    inbox.open(Modality::Motion, open);
    inbox.open(Modality::Heart, open);
    let (mut last, mut now) = ([i64::MIN; 2], Timestamp(BEGIN));
    for body in bytes.split(|byte| *byte == 0) {
        if let Some(message) = Message::read(body) {
            inbox.accept(&message, now);
        }
        now = now.plus(10_000_000);
        given(&mut inbox, now, &mut last);
    }
    given(&mut inbox, now.plus(1_000_000_000), &mut last);
    assert_eq!(inbox.waiting(Modality::Motion) + inbox.waiting(Modality::Heart), 0, "all has become old enough");
}

fn given(inbox: &mut Inbox, now: Timestamp, last: &mut [i64; 2]) {
    let motion = inbox.motion(now).into_iter().map(|sample| (0, sample.at.0));
    let heart = inbox.heart(now).into_iter().map(|sample| (1, sample.at().0));
    for (which, at) in motion.chain(heart.collect::<Vec<_>>()) {
        assert!(at >= last[which], "in the order of time");
        last[which] = at;
    }
}
