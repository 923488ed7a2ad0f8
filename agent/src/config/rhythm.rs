use jiff::civil::{Time, Weekday};
use jiff::{SignedDuration, Timestamp, Zoned};

use super::values::CheckInConfig;

/// Who answered so shortly before is not asked.
const EARLY: SignedDuration = SignedDuration::from_mins(30);

/// When the person wants to be asked how they are: times of the day, on some days of the week.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Rhythm {
    times: Vec<Time>,
    days: Vec<Weekday>,
}

impl Rhythm {
    /// Reads what is configured.
    ///
    /// # Errors
    /// With the key and with what was expected of it.
    pub fn of(config: &CheckInConfig) -> Result<Self, (&'static str, &'static str)> {
        let time = |text: &String| {
            let (hour, minute) = text.split_once(':').filter(|(hour, minute)| hour.len() <= 2 && minute.len() == 2)?;
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        let times: Option<Vec<Time>> = config.remind.iter().map(time).collect();
        let days: Option<Vec<Weekday>> = config.days.iter().map(|name| day(name)).collect();
        Ok(Self {
            times: times.ok_or(("check_in.remind", "expected times of the day in the list, as 11:00 and 16:30"))?,
            days: days.ok_or(("check_in.days", "expected days in the list: mon, tue, wed, thu, fri, sat or sun"))?,
        })
    }

    /// The time of today since which the person is asked; none where they have answered since, or are not asked today.
    #[must_use]
    pub fn asked_since(&self, now: &Zoned, last: Option<Timestamp>) -> Option<Timestamp> {
        if !self.days.contains(&now.weekday()) {
            return None;
        }
        let today = self.times.iter().filter_map(|time| now.with().time(*time).build().ok());
        let since = today.map(|at| at.timestamp()).filter(|at| *at <= now.timestamp()).max()?;
        last.is_none_or(|last| last < since - EARLY).then_some(since)
    }
}

fn day(name: &str) -> Option<Weekday> {
    Some(match name {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn rhythm(remind: &[&str], days: &[&str]) -> Result<Rhythm, (&'static str, &'static str)> {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Rhythm::of(&CheckInConfig { remind: list(remind), days: list(days), notify: false })
    }

    #[test]
    fn one_is_asked_from_the_time_on_until_one_answers_or_the_day_is_over() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let rhythm = rhythm(&["11:00", "16:30"], &["mon", "tue"]).unwrap();
        // 2 March 2026 is a Monday; 11:00 in Vienna is 10:00 UTC.
        let asked = |now: &str, last: Option<&str>| rhythm.asked_since(&at(now).to_zoned(zone.clone()), last.map(at));
        assert_eq!(asked("2026-03-02T09:59:59Z", None), None);
        assert_eq!(asked("2026-03-02T10:00:00Z", None), Some(at("2026-03-02T10:00:00Z")));
        assert_eq!(asked("2026-03-02T22:59:00Z", None), Some(at("2026-03-02T15:30:00Z")));
        assert_eq!(asked("2026-03-02T23:00:00Z", None), None, "it is Tuesday, and not eleven yet");
        assert_eq!(asked("2026-03-02T11:00:00Z", Some("2026-03-02T10:05:00Z")), None);
        assert_eq!(asked("2026-03-02T11:00:00Z", Some("2026-03-02T09:40:00Z")), None, "shortly before counts");
        assert!(asked("2026-03-02T11:00:00Z", Some("2026-03-02T09:20:00Z")).is_some());
        assert!(asked("2026-03-02T16:00:00Z", Some("2026-03-02T10:05:00Z")).is_some(), "once each time");
        assert_eq!(asked("2026-03-04T11:00:00Z", None), None, "not on a Wednesday");
        assert_eq!(asked("2026-03-30T09:00:00Z", None), Some(at("2026-03-30T09:00:00Z")), "summer time has begun");
    }

    #[test]
    fn what_is_no_time_or_no_day_is_refused_and_nothing_asks_nobody() {
        for (remind, days) in [("25:00", "mon"), ("11", "mon"), ("11:0", "mon"), ("-1:00", "mon"), ("11:00", "monday")]
        {
            assert!(rhythm(&[remind], &[days]).is_err(), "{remind} {days}");
        }
        let never = rhythm(&[], &["mon"]).unwrap();
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        assert_eq!(never.asked_since(&now.to_zoned(TimeZone::UTC), None), None);
        assert_eq!(Rhythm::default().asked_since(&now.to_zoned(TimeZone::UTC), None), None);
    }
}
