//! At which hours of the day somebody writes.

use attune_ground::measures::Measure;
use attune_people::me::Own;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::period::{Period, seen};
use crate::bucket::{Bucket, Span};
use crate::figures::mindpulse::OfMessages;
use crate::{Wellbeing, WellbeingError};

/// Days of whose hours it is told when somebody writes: hours are many, and four weeks have each day of the week four times.
const DAYS: i64 = 28;

/// How many messages somebody wrote at each hour of the day.
pub(super) type Hours = [u32; 24];

/// Counts messages by the hours of somebody's clock in the last days of a period. Hours that are kept no more count for nothing.
pub(super) async fn hours(
    state: &Wellbeing,
    own: &Own,
    period: Period,
    zone: &TimeZone,
) -> Result<Hours, WellbeingError> {
    let last = Period::up_to(period.last, period.days().min(DAYS));
    Ok(counted(&seen(state, own, Span::Hour, last).await?, zone))
}

fn counted(found: &[(i64, Bucket)], zone: &TimeZone) -> Hours {
    let mut hours = [0; 24];
    for (begin, bucket) in found {
        let at = Timestamp::from_millisecond(*begin).ok().map(|at| at.to_zoned(zone.clone()).hour());
        let place = at.and_then(|hour| usize::try_from(hour).ok()).and_then(|hour| hours.get_mut(hour));
        if let Some(place) = place {
            *place += messages(bucket);
        }
    }
    hours
}

/// How many messages there are, whether they could be read or not.
pub(super) fn messages(bucket: &Bucket) -> u32 {
    let of = |measure: Option<&Measure>| measure.and_then(|measure| bucket.of(measure)).map_or(0, |sum| sum.count);
    of(Measure::of_name("message_outside_hours")).max(of(Some(OfMessages::of(None).sentiment)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn hour(begin: i64, count: u32) -> (i64, Bucket) {
        let mut bucket = Bucket::default();
        let measure = Measure::of_name("message_outside_hours").expect("a measure");
        (0..count).for_each(|_| bucket.sums.entry(measure.number).or_default().add(0.0, 1.0, 0.0));
        (begin, bucket)
    }

    #[test]
    fn messages_count_at_the_hour_of_the_persons_own_clock_on_whichever_day() {
        let zone = TimeZone::get("Europe/Berlin").expect("the zones are there");
        // Seven (UTC) is nine in Berlin in summer and eight in winter.
        let (summer, winter) = (20_640 * 24 * HOUR, 20_500 * 24 * HOUR);
        let found = [hour(winter + 7 * HOUR, 2), hour(summer + 7 * HOUR, 3), hour(summer + 23 * HOUR, 1)];
        let hours = counted(&found, &zone);
        assert_eq!((hours[8], hours[9], hours[1]), (2, 3, 1));
        assert_eq!(hours.iter().sum::<u32>(), 6);
        assert_eq!(counted(&[(i64::MAX, Bucket::default())], &zone), [0; 24]);
    }
}
