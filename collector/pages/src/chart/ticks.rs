use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};

use crate::words::{Calendar, words};

const HOUR: i64 = 3_600_000;
/// Up to this span hours are told, above it days.
const HOURS_TOLD: i64 = 48 * HOUR;
/// Beyond this span months are told, with their year: a day says too little.
const YEARS_TOLD: i64 = 400 * 24 * HOUR;
/// Up to this span night and working hours are shaded.
const SHADED: i64 = 8 * 24 * HOUR;
/// When it is night, hours of the day.
const NIGHT: (i8, i8) = (22, 6);

/// Instants with what is written below them, at most `most`.
pub(super) fn ticks(calendar: &Calendar, (from, to): (i64, i64), most: usize) -> Vec<(i64, String)> {
    let days = dates(calendar, (from, to));
    if to - from <= HOURS_TOLD {
        let hours = usize::try_from((to - from) / HOUR).unwrap_or(0) + 1;
        let step = [1, 2, 3, 6, 12].into_iter().find(|step| hours / step < most).unwrap_or(12);
        let hours = (0..24i8).step_by(step);
        let all = days.iter().flat_map(|day| hours.clone().map(|hour| instant(calendar, *day, hour, 0)));
        let within = all.flatten().filter(|at| (from..=to).contains(at));
        return within.map(|at| (at, calendar.clock(at))).collect();
    }
    if to - from > YEARS_TOLD {
        let begins = months(&days, most);
        let begins = begins.into_iter().filter_map(|day| Some((instant(calendar, day, 0, 0)?, month(day))));
        return begins.filter(|(at, _)| (from..=to).contains(at)).collect();
    }
    // Over weeks a label stands at the same day of each.
    let step = match days.len().div_ceil(most.max(1)).max(1) {
        few if few < 7 => few,
        more => more.next_multiple_of(7),
    };
    let begins = days.iter().step_by(step).filter_map(|day| Some((instant(calendar, *day, 0, 0)?, short(*day))));
    begins.filter(|(at, _)| (from..=to).contains(at)).collect()
}

/// The first days of months, as many months apart as there is room for.
fn months(days: &[Date], most: usize) -> Vec<Date> {
    let every = |step: i32| -> Vec<Date> {
        let is_told = |day: &Date| (i32::from(day.year()) * 12 + i32::from(day.month()) - 1) % step == 0;
        days.iter().copied().filter(|day| day.day() == 1 && is_told(day)).collect()
    };
    let all = [1, 3, 6, 12, 24, 60].into_iter().map(every).find(|begins| begins.len() <= most);
    all.unwrap_or_else(|| every(120))
}

/// `3 Mar`.
fn short(day: Date) -> String {
    format!("{} {}", day.day(), month_name(day))
}

/// `Mar 2026`.
fn month(day: Date) -> String {
    format!("{} {}", month_name(day), day.year())
}

/// `Mar`.
fn month_name(day: Date) -> String {
    let month = &words().time.months[usize::from(day.month().unsigned_abs()) - 1];
    month.chars().take(3).collect()
}

/// Stretches of night within a span.
pub(super) fn nights(calendar: &Calendar, span: (i64, i64)) -> Vec<(i64, i64)> {
    daily(calendar, span, |day| {
        let (begin, end) = NIGHT;
        let next = day.tomorrow().ok()?;
        Some((instant(calendar, day, begin, 0)?, instant(calendar, next, end, 0)?))
    })
}

/// Working hours within a span, of Monday to Friday.
pub(super) fn working(calendar: &Calendar, span: (i64, i64), (begin, end): (u32, u32)) -> Vec<(i64, i64)> {
    let at = |day, minutes: u32| {
        let hour = i8::try_from(minutes / 60).ok().filter(|hour| *hour < 24)?;
        instant(calendar, day, hour, i8::try_from(minutes % 60).ok()?)
    };
    daily(calendar, span, |day| {
        let is_workday = day.weekday().to_monday_zero_offset() < 5;
        is_workday.then_some(())?;
        Some((at(day, begin)?, at(day, end)?))
    })
}

/// What is of each day, cut to the span; nothing where days are too narrow to be told apart.
fn daily(calendar: &Calendar, (from, to): (i64, i64), of: impl Fn(Date) -> Option<(i64, i64)>) -> Vec<(i64, i64)> {
    if to - from > SHADED {
        return Vec::new();
    }
    let days = dates(calendar, (from - 24 * HOUR, to));
    let stretches = days.into_iter().filter_map(of).map(|(begin, end)| (begin.max(from), end.min(to)));
    stretches.filter(|(begin, end)| begin < end).collect()
}

/// When the clocks are changed within a span, and whether they go back.
pub(super) fn changes(calendar: &Calendar, (from, to): (i64, i64)) -> Vec<(i64, bool)> {
    let Ok(begin) = Timestamp::from_millisecond(from) else { return Vec::new() };
    let following = calendar.zone.following(begin).map(|change| (change.timestamp(), change.offset()));
    let within = following.take_while(|(at, _)| at.as_millisecond() < to);
    let told = within.filter_map(|(at, offset)| {
        let before = calendar.zone.to_offset(at.checked_sub(1.second()).ok()?);
        (before != offset).then(|| (at.as_millisecond(), offset < before))
    });
    told.take(4).collect()
}

fn dates(calendar: &Calendar, (from, to): (i64, i64)) -> Vec<Date> {
    let date = |millis| Some(Timestamp::from_millisecond(millis).ok()?.to_zoned(calendar.zone.clone()).date());
    let (Some(first), Some(last)) = (date(from), date(to)) else { return Vec::new() };
    first.series(1.day()).take_while(|day| *day <= last).collect()
}

fn instant(calendar: &Calendar, day: Date, hour: i8, minute: i8) -> Option<i64> {
    let time = Time::new(hour, minute, 0, 0).ok()?;
    Some(day.to_datetime(time).to_zoned(calendar.zone.clone()).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    /// 29 March 2026 in Berlin: the day on which the clocks go forward, 23 hours.
    fn short_day() -> (Calendar, (i64, i64)) {
        let calendar = Calendar::new(TimeZone::get("Europe/Berlin").expect("the zones are there"), 0);
        let day = jiff::civil::date(2026, 3, 29);
        let begin = instant(&calendar, day, 0, 0).expect("a day");
        let end = instant(&calendar, day.tomorrow().expect("a day"), 0, 0).expect("a day");
        (calendar, (begin, end))
    }

    #[test]
    fn a_day_on_which_the_clocks_go_forward_has_23_hours_and_says_so() {
        let (calendar, span) = short_day();
        assert_eq!(span.1 - span.0, 23 * HOUR);
        assert_eq!(changes(&calendar, span), [(span.0 + 2 * HOUR, false)]);
        let labels: Vec<String> = ticks(&calendar, span, 9).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00"]);
        let six = ticks(&calendar, span, 9)[2].0;
        assert_eq!(six - span.0, 5 * HOUR, "what is six on the clock is five hours after midnight");
    }

    #[test]
    fn ticks_have_room_over_any_time() {
        let (calendar, (from, _)) = short_day();
        for (hours, most) in [(3, 4), (23, 5), (24, 9), (48, 9), (72, 4), (24 * 31, 8), (24 * 365, 8)] {
            let ticks = ticks(&calendar, (from, from + hours * HOUR), most);
            assert!((1..=most + 1).contains(&ticks.len()), "{hours} h: {ticks:?}");
        }
        let labels: Vec<String> =
            ticks(&calendar, (from, from + 24 * 84 * HOUR), 9).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels[..3], ["29 Mar", "12 Apr", "26 Apr"], "twelve weeks, every second of them");
    }

    #[test]
    fn over_years_months_are_told_with_their_year() {
        let calendar = Calendar::new(TimeZone::UTC, 0);
        let begin = |year| instant(&calendar, jiff::civil::date(year, 7, 1), 0, 0).expect("a day");
        let labels = |most, years| -> Vec<String> {
            let span = (begin(2022), begin(2022 + years));
            ticks(&calendar, span, most).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(5, 2), ["Jul 2022", "Jan 2023", "Jul 2023", "Jan 2024", "Jul 2024"]);
        assert_eq!(labels(9, 5), ["Jan 2023", "Jan 2024", "Jan 2025", "Jan 2026", "Jan 2027"]);
        assert_eq!(labels(4, 5), ["Jan 2024", "Jan 2026"]);
    }

    #[test]
    fn nights_lie_on_both_sides_of_a_day_and_nobody_works_on_a_sunday() {
        let (calendar, span) = short_day();
        assert_eq!(nights(&calendar, span), [(span.0, span.0 + 5 * HOUR), (span.1 - 2 * HOUR, span.1)]);
        assert!(working(&calendar, span, (540, 1020)).is_empty());
        let monday = (span.1, span.1 + 24 * HOUR);
        assert_eq!(working(&calendar, monday, (540, 1020)), [(span.1 + 9 * HOUR, span.1 + 17 * HOUR)]);
    }
}
