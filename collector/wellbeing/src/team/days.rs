//! Whether a week less some of its days tells of few people.
//!
//! What somebody did in a week is the mean of what was seen of them on its days, and a day on which they were not seen counts with the one
//! before. So the week of who was seen on the same days as most others is the mean of those days, and nothing is left of them; what is left
//! is of those who were not.

use std::collections::BTreeMap;

use super::WEEK;

/// Days of a week, Monday in the lowest bit.
pub(super) type Days = u8;

/// Whether the week less the mean of some of the days that are told, a further one among them, is of fewer than that many. `people`: on
/// which days how many were seen. Who was seen on none counts for nobody, as both of theirs may be of one day; nor is it known that they are.
pub(super) fn leave_few(people: &BTreeMap<Days, usize>, (told, further): (Days, Days), least: usize) -> bool {
    let mut some = told & !further;
    loop {
        let left = |(seen, _): &(&Days, &usize)| **seen != 0 && !is_mean_of(**seen, some | further);
        let left: usize = people.iter().filter(left).map(|(_, count)| count).sum();
        let away = people.get(&0).copied().unwrap_or_default();
        if left < least && left + away > 0 {
            return true;
        }
        if some == 0 {
            return false;
        }
        // The next smaller set of the same days.
        some = (some - 1) & told & !further;
    }
}

/// Whether the week of who was seen on some days is the mean of what counts for them on others, whatever it was: each day on which they
/// were seen counts in those as often.
fn is_mean_of(seen: Days, others: Days) -> bool {
    let share = |times: u32| times * seen.count_ones() == others.count_ones();
    let mut times: Option<u32> = None;
    for day in 0..WEEK {
        if (seen >> day) & 1 == 1 && times.replace(0).is_some_and(|times| !share(times)) {
            return false;
        }
        if (others >> day) & 1 == 1 {
            // Before they were seen for the first time, a day of an earlier week counts.
            let Some(known) = times else { return false };
            times = Some(known + 1);
        }
    }
    times.is_some_and(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Days = 0b1_1111;

    #[test]
    fn a_week_is_the_mean_of_the_days_of_who_was_seen_on_them_or_on_the_first_of_those_that_follow() {
        assert!(is_mean_of(ALL, ALL) && is_mean_of(0b1, 0b1) && is_mean_of(0b101, 0b1111));
        assert!(is_mean_of(0b1, 0b110), "Monday counts on Tuesday and Wednesday, too");
        assert!(!is_mean_of(0b10, 0b11), "on Monday a day of the week before counts");
        assert!(!is_mean_of(0b101, 0b111), "Monday counts twice, and Wednesday once");
        assert!(!is_mean_of(ALL, 0b1111) && !is_mean_of(0b1111, ALL));
    }

    #[test]
    fn what_any_days_leave_of_their_week_is_of_nobody_or_of_enough() {
        let people = |seen: &[(Days, usize)]| seen.iter().copied().collect::<BTreeMap<Days, usize>>();
        let friday = 0b1_0000;
        // Ten were there on all five days, and one was not on Friday.
        let week = people(&[(ALL, 10), (0b1111, 1)]);
        assert!(leave_few(&week, (0b1111, friday), 10), "the week less five days tells how one was on four");
        assert!(!leave_few(&week, (0b111, 0b1000), 10), "ten are left of whichever three or four");
        assert!(!leave_few(&people(&[(ALL, 11)]), (0b1111, friday), 10), "nobody is left");
        assert!(!leave_few(&people(&[(ALL, 10), (0b1111, 10)]), (0b1111, friday), 10), "ten are left");
        assert!(leave_few(&people(&[(ALL, 10), (0, 1)]), (0b1111, friday), 10), "one was away");
        let days = people(&[(0b1, 10), (0b10, 10), (0b11, 3)]);
        assert!(leave_few(&days, (0, 0b10), 10), "Monday counts on Tuesday for ten, and three are left");
    }
}
