//! An accelerometer as the kernel shows it in `/sys/bus/iio/devices`: numbers in files.

use std::fs;
use std::path::{Path, PathBuf};

const AXES: [&str; 3] = ["x", "y", "z"];

/// An accelerometer.
#[derive(Clone, PartialEq, Debug)]
pub struct Accelerometer {
    /// What the driver, or the firmware, calls it.
    pub name: String,
    /// Where in the machine it is, where the firmware says it: `accel-display`, `accel-base`.
    pub place: Option<String>,
    folder: PathBuf,
    pub(super) units: Units,
}

/// What makes m/s2 along the machine's axes of what the chip says.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Units {
    offset: [f64; 3],
    scale: [f64; 3],
    mount: [[f64; 3]; 3],
}

impl Units {
    pub(super) fn of(folder: &Path) -> Option<Self> {
        let each = |what: &str| AXES.map(|axis| number(folder, &format!("in_accel_{axis}_{what}")));
        let shared = |what: &str| number(folder, &format!("in_accel_{what}"));
        let offset = each("offset").map(|own| own.or_else(|| shared("offset")).unwrap_or(0.0));
        let [x, y, z] = each("scale").map(|own| own.or_else(|| shared("scale")).filter(|scale| *scale != 0.0));
        let named = ["in_accel_mount_matrix", "in_mount_matrix", "mount_matrix"];
        let mount = named.into_iter().find_map(|name| matrix(&text(folder, name)?));
        Some(Self { offset, scale: [x?, y?, z?], mount: mount.unwrap_or(UPRIGHT) })
    }

    /// Of what the chip says; `None` where it says nothing: a chip that rests on a table tells of gravity, so noughts along all
    /// axes are a chip that sleeps.
    pub(super) fn metres(&self, raw: [f64; 3]) -> Option<[f64; 3]> {
        if raw.iter().all(|axis| *axis == 0.0) {
            return None;
        }
        let of = |axis: usize| (raw[axis] + self.offset[axis]) * self.scale[axis];
        let [x, y, z] = [of(0), of(1), of(2)];
        Some(self.mount.map(|row| row[0] * x + row[1] * y + row[2] * z))
    }
}

/// As if it were not mounted turned.
const UPRIGHT: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

impl Accelerometer {
    /// All in a folder of devices, in the order of their names: those of a display first, because it moves with the person.
    #[must_use]
    pub fn all(devices: &Path) -> Vec<Self> {
        let entries = fs::read_dir(devices).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        let mut found: Vec<Self> = entries.filter_map(|folder| Self::of(&folder)).collect();
        let is_display = |of: &Self| of.place.as_deref().is_some_and(|place| place.contains("display"));
        found.sort_by_key(|one| (!is_display(one), one.folder.clone()));
        found
    }

    fn of(folder: &Path) -> Option<Self> {
        let is_there = AXES.iter().all(|axis| folder.join(format!("in_accel_{axis}_raw")).exists());
        let units = Units::of(folder).filter(|_| is_there)?;
        let name = text(folder, "name").unwrap_or_else(|| "accelerometer".into());
        let place = text(folder, "label").or_else(|| text(folder, "location"));
        Some(Self { name, place, folder: folder.to_owned(), units })
    }

    /// What the chip says now, m/s2; `None` where it says nothing.
    ///
    /// # Errors
    /// When the system does not give it: the device is gone, or another program has it.
    pub(super) fn read(&self) -> std::io::Result<Option<[f64; 3]>> {
        let mut raw = [0.0; 3];
        for (axis, value) in AXES.iter().zip(&mut raw) {
            let text = fs::read_to_string(self.folder.join(format!("in_accel_{axis}_raw")))?;
            let number = text.trim().parse().ok().filter(|value: &f64| value.is_finite());
            *value = number.ok_or(std::io::ErrorKind::InvalidData)?;
        }
        Ok(self.units.metres(raw))
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

pub(super) fn text(folder: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(name)).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn number(folder: &Path, name: &str) -> Option<f64> {
    text(folder, name)?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// `0, -1, 0; 1, 0, 0; 0, 0, 1`; `None` for what is no rotation: it would stretch gravity.
fn matrix(text: &str) -> Option<[[f64; 3]; 3]> {
    let row = |row: &str| -> Option<[f64; 3]> {
        let numbers: Option<Vec<f64>> = row.split(',').map(|number| number.trim().parse().ok()).collect();
        numbers?.try_into().ok()
    };
    let rows: Option<Vec<[f64; 3]>> = text.split(';').map(row).collect();
    let rows: [[f64; 3]; 3] = rows?.try_into().ok()?;
    let is_one = |row: &[f64; 3]| (row.iter().map(|value| value * value).sum::<f64>() - 1.0).abs() < 0.05;
    rows.iter().all(is_one).then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of devices with one that has these files.
    fn device(files: &[(&str, &str)]) -> tempfile::TempDir {
        let devices = tempfile::tempdir().unwrap();
        let folder = devices.path().join("iio:device0");
        fs::create_dir(&folder).unwrap();
        files.iter().for_each(|(name, text)| fs::write(folder.join(name), format!("{text}\n")).unwrap());
        devices
    }

    fn read(files: &[(&str, &str)]) -> Option<[f64; 3]> {
        let devices = device(files);
        Accelerometer::all(devices.path())[0].read().unwrap()
    }

    fn near(found: Option<[f64; 3]>, expected: [f64; 3]) {
        let found = found.unwrap();
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
    }

    const RAW: [(&str, &str); 3] = [("in_accel_x_raw", "100"), ("in_accel_y_raw", "200"), ("in_accel_z_raw", "1000")];

    #[test]
    fn what_the_chip_says_is_shifted_and_scaled() {
        let own = [("in_accel_x_raw", "-12"), ("in_accel_y_raw", "30"), ("in_accel_z_raw", "1000")];
        let units = [("in_accel_offset", "24"), ("in_accel_scale", "0.009582")];
        near(read(&[own, [units[0], units[1], ("name", "acc")]].concat()), [0.114984, 0.517428, 9.811968]);
        let each = [("in_accel_x_scale", "0.01"), ("in_accel_y_scale", "0.02"), ("in_accel_z_scale", "0.01")];
        near(read(&[RAW, each, [("in_accel_y_offset", "-100"); 3]].concat()), [1.0, 2.0, 10.0]);
    }

    #[test]
    fn it_is_turned_as_it_is_mounted_and_what_is_no_rotation_turns_nothing() {
        let with = |matrix| read(&[&RAW[..], &[("in_accel_scale", "0.01"), ("in_mount_matrix", matrix)]].concat());
        near(with("0, -1, 0; 1, 0, 0; 0, 0, 1"), [-2.0, 1.0, 10.0]);
        for wrong in [
            "",
            "1, 0, 0; 0, 1, 0",
            "0, 0, 0; 0, 0, 0; 0, 0, 0",
            "a, b, c; 0, 1, 0; 0, 0, 1",
            "5, 0, 0; 0, 5, 0; 0, 0, 5",
        ] {
            near(with(wrong), [1.0, 2.0, 10.0]);
        }
    }

    #[test]
    fn noughts_are_nothing_and_what_lacks_a_part_is_no_accelerometer() {
        let zeros =
            [("in_accel_x_raw", "0"), ("in_accel_y_raw", "0"), ("in_accel_z_raw", "0"), ("in_accel_scale", "0.01")];
        assert_eq!(read(&zeros), None);
        for lacking in 0..4 {
            let files: Vec<_> =
                zeros.iter().enumerate().filter(|(n, _)| *n != lacking).map(|(_, file)| *file).collect();
            assert!(Accelerometer::all(device(&files).path()).is_empty(), "{files:?}");
        }
        let odd = device(&[&zeros[1..], &[("in_accel_x_raw", "many")]].concat());
        assert!(Accelerometer::all(odd.path())[0].read().is_err());
        assert!(Accelerometer::all(Path::new("nowhere")).is_empty());
    }

    #[test]
    fn of_two_that_of_the_display_comes_first() {
        let devices =
            device(&[&RAW[..], &[("in_accel_scale", "1"), ("name", "base"), ("label", "accel-base")]].concat());
        let other = devices.path().join("iio:device1");
        fs::create_dir(&other).unwrap();
        let lid = [&RAW[..], &[("in_accel_scale", "1"), ("name", "lid"), ("label", "accel-display")]].concat();
        lid.iter().for_each(|(name, text)| fs::write(other.join(name), text).unwrap());
        let names: Vec<_> = Accelerometer::all(devices.path()).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["lid", "base"]);
    }
}
