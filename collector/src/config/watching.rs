//! Whether what is set of how use of what is kept of people is watched can be.

use attune_people::Watching;

/// The last hour that a day can end at.
const LAST_HOUR: u8 = 24;
/// The most of anything that may be set: beyond, nothing would ever be told.
const MOST: u32 = 10_000;

/// What is wrong with it: the key, and what would be right.
pub(super) fn problem(set: &Watching) -> Option<(&'static str, String)> {
    if set.day_ends > LAST_HOUR || set.day_begins >= set.day_ends {
        let problem = format!("expected an hour after watching.day_begins and up to {LAST_HOUR}");
        return Some(("watching.day_ends", problem));
    }
    let all = [
        ("watching.people_an_hour", set.people_an_hour),
        ("watching.people_a_day", set.people_a_day),
        ("watching.lists_a_day", set.lists_a_day),
        ("watching.people_at_night", set.people_at_night),
        ("watching.exports_a_day", set.exports_a_day),
        ("watching.refused_a_day", set.refused_a_day),
    ];
    let wrong = all.into_iter().find(|(_, value)| !(1..=MOST).contains(value));
    wrong.map(|(key, _)| (key, format!("expected a whole number from 1 to {MOST}")))
}
