use attune_ground::time::now_millis;
use attune_pages::words::Calendar;
use jiff::tz::TimeZone;

// A login has no zone of its own.
pub(super) fn times() -> Calendar {
    Calendar::new(TimeZone::UTC, now_millis())
}
