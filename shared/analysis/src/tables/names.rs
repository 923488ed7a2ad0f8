//! The names of columns.

use super::text::Row;

/// Names of times, by their unit.
pub(super) const SECONDS: &[&str] = &["time_s", "timestamp_s", "t_s", "seconds", "seconds_elapsed"];
pub(super) const MILLIS: &[&str] = &["time_ms", "timestamp_ms", "t_ms"];
pub(super) const MICROS: &[&str] = &["time_us", "timestamp_us", "t_us"];
pub(super) const NANOS: &[&str] = &["time_ns", "timestamp_ns", "t_ns"];
/// Times that do not say their unit.
pub(super) const TIMES: &[&str] = &["timestamp", "time", "t", "datetime", "date_time", "phone_timestamp"];

/// Acceleration with gravity, along each axis: in m/s2, in g and in thousandths of it.
pub(super) const METRES: [&[&str]; 3] = [
    &["ax", "x_acc", "acc_x", "accel_x", "acceleration_x", "x"],
    &["ay", "y_acc", "acc_y", "accel_y", "acceleration_y", "y"],
    &["az", "z_acc", "acc_z", "accel_z", "acceleration_z", "z"],
];
pub(super) const GEES: [&[&str]; 3] = [
    &["ax_g", "x_acc_g", "acc_x_g", "accel_x_g", "acceleration_x_g", "x_g"],
    &["ay_g", "y_acc_g", "acc_y_g", "accel_y_g", "acceleration_y_g", "y_g"],
    &["az_g", "z_acc_g", "acc_z_g", "accel_z_g", "acceleration_z_g", "z_g"],
];
pub(super) const MILLIGEES: [&[&str]; 3] = [
    &["ax_mg", "x_acc_mg", "acc_x_mg", "accel_x_mg", "acceleration_x_mg", "x_mg"],
    &["ay_mg", "y_acc_mg", "acc_y_mg", "accel_y_mg", "acceleration_y_mg", "y_mg"],
    &["az_mg", "z_acc_mg", "acc_z_mg", "accel_z_mg", "acceleration_z_mg", "z_mg"],
];
/// Angular rate, in rad/s and in degrees a second.
pub(super) const TURNS: [&[&str]; 3] = [
    &["gx", "x_gyro", "gyro_x", "gyroscope_x"],
    &["gy", "y_gyro", "gyro_y", "gyroscope_y"],
    &["gz", "z_gyro", "gyro_z", "gyroscope_z"],
];
pub(super) const TURNS_IN_DEGREES: [&[&str]; 3] = [
    &["gx_deg_s", "x_gyro_deg_s", "gyro_x_deg_s", "gyroscope_x_deg_s"],
    &["gy_deg_s", "y_gyro_deg_s", "gyro_y_deg_s", "gyroscope_y_deg_s"],
    &["gz_deg_s", "z_gyro_deg_s", "gyro_z_deg_s", "gyroscope_z_deg_s"],
];

/// Intervals between beats, with what makes milliseconds of them where the name says it.
pub(super) const INTERVALS: [(&[&str], Option<f64>); 3] = [
    (&["rr_ms", "ibi_ms", "rr_interval_ms", "nn_ms"], Some(1.0)),
    (&["rr_s", "ibi_s", "rr_interval_s"], Some(1000.0)),
    (&["rr", "ibi", "rr_interval"], None),
];
/// Beats a minute.
pub(super) const RATES: &[&str] = &["hr", "hr_bpm", "bpm", "heart_rate", "heartrate", "heart_rate_bpm", "pulse"];
/// Notifications of a strap, in hexadecimal.
pub(super) const PACKETS: &[&str] = &["packet", "hex"];

/// Columns that programs write beside the others, and that nothing here is read from: no misspelt one is among them.
const COMPANIONS: &[&str] = &[
    "absolute_acceleration",
    "absolute",
    "total_acceleration",
    "magnitude",
    "accuracy",
    "sensor",
    "index",
    "id",
    "sensor_timestamp_ns",
    "time_readable",
    "elapsed_s",
    "mx",
    "my",
    "mz",
    "x_mag",
    "y_mag",
    "z_mag",
    "mag_x",
    "mag_y",
    "mag_z",
    "magnetometer_x",
    "magnetometer_y",
    "magnetometer_z",
    "contact",
    "battery",
    "hrv_ms",
    "breathing_interval",
];

/// The most columns that are named in one sentence.
const NAMED: usize = 8;

/// The first row of a table.
pub(super) struct Header {
    names: Vec<String>,
    written: Vec<String>,
}

impl Header {
    pub(super) fn of(row: &Row) -> Self {
        let written: Vec<String> = row.fields().collect();
        Self { names: written.iter().map(|name| plain(name)).collect(), written }
    }

    /// The place of the first column with one of the names.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.names.iter().position(|field| field == name))
    }

    /// The places of three axes.
    pub(super) fn axes(&self, names: [&[&str]; 3]) -> Option<[usize; 3]> {
        let [x, y, z] = names.map(|names| self.column(names));
        Some([x?, y?, z?])
    }

    /// A sentence that names the columns that are not read, if there are any.
    pub(super) fn passed_over(&self, read: &[usize]) -> Option<String> {
        self.sentence("columns that are not read here were passed over", |place| !read.contains(&place))
    }

    /// A sentence that names the columns that are not read and not known either, if there are any: one may be misspelt. One
    /// without a name, as behind a comma at the end of each line, is not, nor is one that is read in other tables.
    pub(super) fn unknown(&self, read: &[usize]) -> Option<String> {
        let is_known = |name: &str| {
            let of_axes = [METRES, GEES, MILLIGEES, TURNS, TURNS_IN_DEGREES];
            let of_axes = of_axes.into_iter().flatten();
            let all = [SECONDS, MILLIS, MICROS, NANOS, TIMES, RATES, PACKETS, COMPANIONS].into_iter();
            all.chain(of_axes).chain(INTERVALS.map(|(names, _)| names)).any(|names| names.contains(&name))
        };
        let known: Vec<bool> = self.names.iter().map(|name| name.is_empty() || is_known(name)).collect();
        self.sentence("columns that are not known", |place| !read.contains(&place) && !known[place])
    }

    /// A sentence about some columns, if there are any.
    fn sentence(&self, about: &str, is_meant: impl Fn(usize) -> bool) -> Option<String> {
        let others = || (0..self.written.len()).filter(|&place| is_meant(place));
        let count = others().count();
        if count == 0 {
            return None;
        }
        let name = |place: usize| match self.written[place].trim() {
            "" => format!("number {}", place + 1),
            name => format!("`{}`", name.chars().filter(|letter| !letter.is_control()).take(40).collect::<String>()),
        };
        let more = count.saturating_sub(NAMED);
        let named: Vec<String> = others().take(NAMED).map(name).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("{about}: {}{more}", named.join(", ")))
    }
}

/// A name in small letters with its unit behind it: `Acceleration x (m/s^2)` is `acceleration_x`, `Time [ms]` is `time_ms`.
fn plain(name: &str) -> String {
    let name = name.trim().trim_matches(['"', '\'']).to_lowercase();
    let (name, unit) = match name.split_once(['(', '[']) {
        Some((name, unit)) => (name.trim_end().to_owned(), unit.trim_end_matches([')', ']']).trim().to_owned()),
        None => (name, String::new()),
    };
    let unit = match unit.as_str() {
        "s" | "sec" | "seconds" => "_s",
        "ms" => "_ms",
        "us" | "\u{b5}s" | "\u{3bc}s" => "_us",
        "ns" => "_ns",
        "g" => "_g",
        "mg" => "_mg",
        "deg/s" | "\u{b0}/s" | "dps" | "degrees/s" => "_deg_s",
        _ => "",
    };
    name.trim_matches(|letter: char| !letter.is_alphanumeric()).replace([' ', '-', '.', '/'], "_") + unit
}

/// The names of columns by which a table is one of motion: it has one of each list, for the three axes.
#[must_use]
pub fn motion_names() -> [Vec<&'static str>; 3] {
    [0, 1, 2].map(|axis| [METRES[axis], GEES[axis], MILLIGEES[axis]].concat())
}

/// The names of columns by which a table is one of heartbeats.
#[must_use]
pub fn heart_names() -> Vec<&'static str> {
    let intervals = INTERVALS.iter().flat_map(|(names, _)| *names);
    intervals.chain(RATES).chain(PACKETS).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::origin;
    use super::super::text::Table;
    use super::*;

    fn header(text: &str) -> Header {
        Header::of(Table::open(&origin(text)).expect("opens").next().expect("reads").expect("a header"))
    }

    #[test]
    fn names_are_found_as_programs_write_them() {
        for (written, name) in [
            ("Time (s)", "time_s"),
            ("\"Acceleration x (m/s^2)\"", "acceleration_x"),
            ("Acc_X [g]", "acc_x_g"),
            ("Heart Rate (bpm)", "heart_rate"),
            (" RR-interval [ms] ", "rr_interval_ms"),
            ("X [mg]", "x_mg"),
            ("Gyroscope x (\u{b0}/s)", "gyroscope_x_deg_s"),
            ("Date/Time", "date_time"),
        ] {
            assert_eq!(plain(written), name, "{written}");
        }
    }

    #[test]
    fn only_a_column_that_nothing_explains_may_be_misspelt() {
        let header = header("timestamp,time,x,y,z,gx,gy,gzz,Absolute acceleration (m/s^2),\n");
        assert_eq!(header.unknown(&[0, 2, 3, 4]).as_deref(), Some("columns that are not known: `gzz`"));
        assert_eq!(header.unknown(&[0, 2, 3, 4, 7]), None);
    }

    #[test]
    fn columns_that_are_not_read_are_named() {
        let header = header("t,mood,ax,\n");
        assert_eq!(
            header.passed_over(&[0, 2]).as_deref(),
            Some("columns that are not read here were passed over: `mood`, number 4")
        );
        assert_eq!(header.passed_over(&[0, 1, 2, 3]), None);
    }
}
