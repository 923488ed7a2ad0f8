//! What follows from signs of danger: the answer is fixed, the talk requires attention, somebody is asked how they are a day later, and
//! whom they chose for that is told to get in touch.

use attune_analysis::text::crisis::Level;

use crate::sealed::{Head, Read, Status};

/// After how long it is asked how somebody is, milliseconds.
pub(crate) const FOLLOW_UP: i64 = 24 * 3_600_000;

/// Signs of one talk that are kept: of more the first.
const MOST_FLAGS: usize = 100;

/// Beyond so many signs of a talk somebody is brought in at a high level, too (MindPulse).
const FLAGS: usize = 3;

/// Whether the answer is the fixed one.
pub(crate) fn is_fixed(level: Level) -> bool {
    level >= Level::High
}

/// Whether somebody is to be brought in, by MindPulse's rule: at the highest level, or at a high one after more than three signs.
pub(crate) fn is_escalated(level: Level, head: &Head) -> bool {
    level == Level::Critical || level == Level::High && head.flags.len() > FLAGS
}

/// Notes what was read of a turn in what is known of its talk.
pub(crate) fn note(head: &mut Head, read: &Read, now: i64) {
    if !is_fixed(read.level()) {
        return;
    }
    head.status = Status::RequiresAttention;
    head.follow_up_at = Some(now.saturating_add(FOLLOW_UP));
    let room = MOST_FLAGS.saturating_sub(head.flags.len());
    head.flags.extend(read.indicators.iter().take(room).cloned());
}

#[cfg(test)]
mod tests {
    use attune_analysis::text::{Reading, Unread, crisis};

    use super::*;
    use crate::heard::Heard;

    fn head() -> Head {
        let (title, status) = (String::new(), Status::Active);
        Head { title, room: None, status, flags: Vec::new(), follow_up_at: None, companion: Vec::new() }
    }

    fn read(level: Level) -> Read {
        let crisis = crisis::Crisis { level, indicators: vec!["cannot_go_on", "worthless"] };
        let reading = Reading { words: 1, scores: Err(Unread::Failed), crisis: crisis::Crisis::default() };
        Read::new(&reading, Heard { crisis, ..Heard::default() })
    }

    #[test]
    fn somebody_is_brought_in_at_once_at_the_highest_level_and_at_a_high_one_after_more_than_three_signs() {
        let mut head = head();
        note(&mut head, &read(Level::Moderate), 0);
        assert_eq!((head.status, head.follow_up_at, head.flags.len()), (Status::Active, None, 0));
        assert!(is_escalated(Level::Critical, &head) && !is_escalated(Level::High, &head));
        note(&mut head, &read(Level::High), 5);
        assert_eq!((head.status, head.follow_up_at), (Status::RequiresAttention, Some(5 + FOLLOW_UP)));
        assert!(!is_escalated(Level::High, &head), "two signs");
        note(&mut head, &read(Level::High), 6);
        assert!(is_escalated(Level::High, &head) && !is_escalated(Level::Moderate, &head), "four");
        (0..100).for_each(|_| note(&mut head, &read(Level::High), 6));
        assert_eq!(head.flags.len(), MOST_FLAGS);
    }
}
