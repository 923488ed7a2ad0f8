//! The accelerometer as a device that is sensed as it gives.

use std::io::{Error, ErrorKind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use attune_analysis::sample::{MotionSample, Timestamp};
use attune_protocol::record::Gap;

use super::device::Accelerometer;
use super::scan::Scan;
use crate::clock::Clock;
use crate::config::Choice;
use crate::sensors::live::{Device, Given, Stream, Trouble};

/// From one look to the next: 50 a second, as motion is analysed.
const STEP: Duration = Duration::from_millis(20);
/// A chip that has said nothing for so long sleeps.
const NOTHING: Duration = Duration::from_secs(5);
/// One that has said the very same for so long sleeps, too: one that is awake has noise.
const FROZEN: Duration = Duration::from_secs(30);

/// Which accelerometer is sensed, and where the kernel shows it.
pub struct Iio {
    /// Where the machine's files begin: `/`.
    pub root: PathBuf,
    /// Which one.
    pub choice: Choice,
    /// The clock of all records.
    pub clock: Clock,
}

impl Iio {
    /// What this machine has, and which of them is sensed.
    #[must_use]
    pub fn list(&self) -> (Vec<Accelerometer>, Option<usize>) {
        let all = Accelerometer::all(&self.root.join("sys/bus/iio/devices"));
        let wanted = match &self.choice {
            Choice::Off => return (all, None),
            Choice::On => None,
            Choice::Named(name) => Some(name),
        };
        let is_wanted = |(number, one): &(usize, &Accelerometer)| {
            let has = |name: &str, of: &str| of.to_lowercase().contains(&name.to_lowercase());
            wanted.is_none_or(|wanted| {
                *wanted == number.to_string()
                    || has(wanted, &one.name)
                    || one.place.as_deref().is_some_and(|place| has(wanted, place))
            })
        };
        let chosen = all.iter().enumerate().find(is_wanted).map(|(number, _)| number);
        (all, chosen)
    }
}

impl Device for Iio {
    type Sample = MotionSample;

    fn open(&mut self) -> Result<Box<dyn Stream<Sample = MotionSample>>, Trouble> {
        Ok(Box::new(self.opened()?))
    }
}

impl Iio {
    fn opened(&self) -> Result<Open, Trouble> {
        let (mut all, chosen) = self.list();
        let Some(device) = chosen.map(|number| all.swap_remove(number)) else {
            return Err(match &self.choice {
                Choice::Named(name) => Trouble::new(
                    Gap::DeviceGone,
                    format!(
                        "this machine has no accelerometer called {name}: 'attune-agent devices' lists what there is"
                    ),
                ),
                Choice::On | Choice::Off => Trouble::none("this machine has no accelerometer"),
            });
        };
        let scan = Scan::open(device.folder(), &self.root.join("dev"));
        if scan.is_none() {
            device.read().map_err(|error| trouble(&error))?;
        }
        let (now, seen) = (Instant::now(), self.clock.now());
        let clock = self.clock.clone();
        Ok(Open { device, scan, clock, due: now, seen, said: now, changed: now, last: None })
    }
}

struct Open {
    device: Accelerometer,
    scan: Option<Scan>,
    clock: Clock,
    /// When it is looked next.
    due: Instant,
    /// When it was looked last.
    seen: Timestamp,
    /// When something was said last, and when it was something else than before.
    said: Instant,
    changed: Instant,
    last: Option<[f64; 3]>,
}

impl Stream for Open {
    type Sample = MotionSample;

    fn read(&mut self) -> Result<Given<MotionSample>, Trouble> {
        std::thread::sleep(self.due.saturating_duration_since(Instant::now()));
        self.due = Instant::now().max(self.due + STEP);
        let read = match &mut self.scan {
            Some(scan) => {
                scan.next().map(|scans| scans.into_iter().filter_map(|raw| self.device.units.metres(raw)).collect())
            }
            None => self.device.read().map(|one| one.into_iter().collect()),
        };
        let read: Vec<[f64; 3]> = read.map_err(|error| trouble(&error))?;
        let (before, now) = (self.seen, self.clock.now());
        self.seen = now;
        Ok(self.judge(read, before, now))
    }

    fn name(&self) -> String {
        let place = self.device.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        let how = if self.scan.is_some() { "from its buffer" } else { "50 a second" };
        format!("accelerometer {}{place}, {how}", self.device.name)
    }
}

impl Open {
    /// What was read between two looks stands evenly between them.
    fn judge(&mut self, read: Vec<[f64; 3]>, before: Timestamp, now: Timestamp) -> Given<MotionSample> {
        let instant = Instant::now();
        if let Some(last) = read.last() {
            self.said = instant;
            if self.last != Some(*last) || read.iter().any(|one| one != last) {
                (self.changed, self.last) = (instant, Some(*last));
            }
        }
        if self.said.elapsed() > NOTHING || self.changed.elapsed() > FROZEN {
            return Given::Lack(Gap::DeviceAsleep);
        }
        if read.is_empty() {
            return Given::Nothing;
        }
        let apart = now.seconds_since(before) / read.len() as f64;
        let place = |(rank, acceleration)| {
            let at = before.plus_seconds(apart * (rank + 1) as f64);
            MotionSample { at, acceleration, gyroscope: None }
        };
        Given::Samples(read.into_iter().enumerate().map(place).collect())
    }
}

/// What it means for the person that the system does not give a value.
fn trouble(error: &Error) -> Trouble {
    match error.kind() {
        ErrorKind::PermissionDenied => Trouble::new(
            Gap::NotAllowed,
            "the system does not let this program read the accelerometer: let its files in /sys/bus/iio/devices be read",
        ),
        ErrorKind::ResourceBusy => Trouble::new(
            Gap::InUse,
            "another program has the accelerometer's buffer, as iio-sensor-proxy does: single values are not given meanwhile",
        ),
        _ => Trouble::new(Gap::DeviceGone, format!("the accelerometer gives nothing any more: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn machine(raw: [&str; 3]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("sys/bus/iio/devices/iio:device0");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("in_accel_scale"), "0.01\n").unwrap();
        fs::write(folder.join("name"), "bma2x2\n").unwrap();
        write(root.path(), raw);
        root
    }

    fn write(root: &Path, raw: [&str; 3]) {
        let folder = root.join("sys/bus/iio/devices/iio:device0");
        for (axis, value) in ["x", "y", "z"].iter().zip(raw) {
            fs::write(folder.join(format!("in_accel_{axis}_raw")), value).unwrap();
        }
    }

    fn iio(root: &Path, choice: &str) -> Iio {
        Iio { root: root.to_owned(), choice: Choice::from(choice.to_owned()), clock: Clock::start() }
    }

    fn refused(root: &Path, choice: &str) -> Trouble {
        iio(root, choice).open().err().unwrap()
    }

    #[test]
    fn values_come_fifty_times_a_second_and_noughts_are_a_gap_after_a_while() {
        let root = machine(["100", "200", "1000"]);
        let mut stream = iio(root.path(), "on").open().unwrap();
        assert_eq!(stream.name(), "accelerometer bma2x2, 50 a second");
        let begun = Instant::now();
        let mut samples = Vec::new();
        while begun.elapsed() < Duration::from_millis(410) {
            if let Given::Samples(more) = stream.read().unwrap() {
                samples.extend(more);
            }
        }
        assert!((12..=22).contains(&samples.len()), "{}", samples.len());
        assert!(samples.windows(2).all(|pair| pair[0].at < pair[1].at));
        assert_eq!(samples[0].acceleration, [1.0, 2.0, 10.0]);
        write(root.path(), ["0", "0", "0"]);
        assert!(matches!(stream.read().unwrap(), Given::Nothing), "once is no sleep");
        write(root.path(), ["", "", ""]);
        assert_eq!(stream.read().err().unwrap().gap, Some(Gap::DeviceGone));
    }

    #[test]
    fn a_chip_that_sleeps_is_told_from_one_that_rests() {
        let root = machine(["0", "0", "1000"]);
        let mut open = iio(root.path(), "0").opened().unwrap();
        let (before, now) = (Timestamp(0), Timestamp(20_000));
        let long_ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        let is_gap = |given: &Given<MotionSample>| matches!(given, Given::Lack(Gap::DeviceAsleep));
        open.said = long_ago(6);
        assert!(is_gap(&open.judge(Vec::new(), before, now)), "it says nothing");
        let rests = [0.0, 0.0, 9.8];
        assert!(!is_gap(&open.judge(vec![rests], before, now)));
        open.changed = long_ago(31);
        assert!(is_gap(&open.judge(vec![rests], before, now)), "it says the very same for long");
        assert!(!is_gap(&open.judge(vec![rests, [0.0, 0.01, 9.8]], before, now)), "it has noise");
        let Given::Samples(samples) = open.judge(vec![rests, rests], before, now) else { panic!("samples") };
        assert_eq!(samples.iter().map(|sample| sample.at.0).collect::<Vec<_>>(), [10_000, 20_000]);
    }

    #[test]
    fn what_is_not_there_is_a_gap_only_where_it_was_asked_for_by_name() {
        let root = machine(["1", "2", "3"]);
        assert_eq!(refused(root.path(), "lsm6").gap, Some(Gap::DeviceGone));
        assert_eq!(refused(root.path(), "off").gap, None);
        assert!(iio(root.path(), "BMA").open().is_ok());
        assert_eq!(refused(&root.path().join("nowhere"), "on").gap, None);
        for (kind, gap) in [
            (ErrorKind::PermissionDenied, Gap::NotAllowed),
            (ErrorKind::ResourceBusy, Gap::InUse),
            (ErrorKind::NotFound, Gap::DeviceGone),
        ] {
            assert_eq!(trouble(&Error::from(kind)).gap, Some(gap));
        }
    }
}
