//! A buffer that the machine's administrator has set up: whole scans of all channels, one behind the other.
//!
//! Nothing is set up here: that needs rights that the agent should not have. Where the buffer is on, single values are not given by
//! many drivers, and its scans are what there is.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::channel::Channel;
use super::device::text;

/// Scans that are read at a time: more than come between two looks.
const TOGETHER: usize = 256;

/// A buffer that is on.
pub(super) struct Scan {
    file: File,
    axes: [(usize, Channel); 3],
    bytes: usize,
    /// Of a scan that is not whole yet.
    rest: Vec<u8>,
}

impl Scan {
    /// Opens the buffer of a device, if it is on, holds all three axes and may be read; `nodes` is the folder of device files.
    pub(super) fn open(folder: &Path, nodes: &Path) -> Option<Self> {
        if text(folder, "buffer/enable").or_else(|| text(folder, "buffer0/enable"))? != "1" {
            return None;
        }
        let (axes, bytes) = layout(&folder.join("scan_elements"))?;
        let mut options = File::options();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits() as i32);
        let file = options.read(true).open(nodes.join(folder.file_name()?)).ok()?;
        Some(Self { file, axes, bytes, rest: Vec::new() })
    }

    /// What the chip has said since this was asked last, in order.
    ///
    /// # Errors
    /// When the device is gone.
    pub(super) fn next(&mut self) -> std::io::Result<Vec<[f64; 3]>> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut piece = vec![0; self.bytes * TOGETHER];
        match self.file.read(&mut piece) {
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
        let scans = bytes.chunks_exact(self.bytes);
        self.rest = scans.remainder().to_vec();
        let axes = |scan: &[u8]| {
            let [x, y, z] = self.axes.map(|(place, channel)| channel.value(scan.get(place..)?));
            Some([x?, y?, z?])
        };
        Ok(scans.filter_map(axes).collect())
    }
}

/// Where the axes lie in a scan, and how long it is: channels in the order of their indexes, each at a multiple of its length.
fn layout(elements: &Path) -> Option<([(usize, Channel); 3], usize)> {
    let mut enabled = Vec::new();
    for entry in fs::read_dir(elements).ok()? {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let Some(channel) = name.strip_suffix("_en").filter(|_| text(elements, &name).as_deref() == Some("1")) else {
            continue;
        };
        let index: u32 = text(elements, &format!("{channel}_index"))?.parse().ok()?;
        enabled.push((index, channel.to_owned(), Channel::parse(&text(elements, &format!("{channel}_type"))?)?));
    }
    enabled.sort_by_key(|(index, ..)| *index);
    let (mut end, mut longest, mut places) = (0_usize, 1, Vec::new());
    for (_, name, channel) in enabled {
        let place = end.next_multiple_of(channel.bytes);
        (end, longest) = (place + channel.bytes, longest.max(channel.bytes));
        places.push((name, place, channel));
    }
    let of = |axis: &str| {
        let found = places.iter().find(|(name, ..)| name.strip_prefix("in_accel_") == Some(axis));
        found.map(|(_, place, channel)| (*place, *channel))
    };
    Some(([of("x")?, of("y")?, of("z")?], end.next_multiple_of(longest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device with a buffer, and a file of what is in it.
    fn device(channels: &[(&str, &str)], bytes: &[u8]) -> (tempfile::TempDir, Option<Scan>) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("iio:device0");
        for below in ["scan_elements", "buffer"] {
            fs::create_dir_all(folder.join(below)).unwrap();
        }
        fs::write(folder.join("buffer/enable"), "1\n").unwrap();
        for (index, (name, kind)) in channels.iter().enumerate() {
            let write =
                |what: &str, text: &str| fs::write(folder.join(format!("scan_elements/{name}_{what}")), text).unwrap();
            write("en", "1\n");
            write("index", &index.to_string());
            write("type", kind);
        }
        fs::create_dir(root.path().join("nodes")).unwrap();
        fs::write(root.path().join("nodes/iio:device0"), bytes).unwrap();
        let scan = Scan::open(&folder, &root.path().join("nodes"));
        (root, scan)
    }

    const S12: &str = "le:s12/16>>4\n";

    #[test]
    fn scans_are_taken_apart_and_a_half_one_waits_for_its_rest() {
        let axes = [("in_accel_x", S12), ("in_accel_y", S12), ("in_accel_z", S12)];
        let (_root, scan) = device(&axes, &[0xf0, 0xff, 0x00, 0x80, 0x00, 0x40, 0x10, 0x00, 0x20]);
        let mut scan = scan.unwrap();
        assert_eq!(scan.next().unwrap(), [[-1.0, -2048.0, 1024.0]]);
        assert_eq!((scan.next().unwrap().len(), scan.rest.len()), (0, 3));
    }

    #[test]
    fn other_channels_and_what_is_left_free_between_are_passed_over() {
        let channels = [
            ("in_temp", "le:u8/8>>0"),
            ("in_accel_x", S12),
            ("in_accel_y", S12),
            ("in_accel_z", S12),
            ("in_timestamp", "le:s64/64>>0"),
        ];
        let mut bytes = vec![9, 0, 0x10, 0, 0x20, 0, 0x30, 0];
        bytes.extend([0xee; 8]);
        let (_root, scan) = device(&channels, &bytes.repeat(2));
        assert_eq!(scan.unwrap().next().unwrap(), [[1.0, 2.0, 3.0]; 2]);
    }

    #[test]
    fn a_buffer_that_is_off_or_lacks_an_axis_is_not_read() {
        let axes = [("in_accel_x", S12), ("in_accel_y", S12), ("in_accel_z", S12)];
        assert!(device(&axes[..2], &[]).1.is_none());
        assert!(device(&[axes[0], axes[1], ("in_accel_z", "bent")], &[]).1.is_none());
        let (root, scan) = device(&axes, &[]);
        assert!(scan.is_some());
        fs::write(root.path().join("iio:device0/buffer/enable"), "0\n").unwrap();
        assert!(Scan::open(&root.path().join("iio:device0"), &root.path().join("nodes")).is_none());
    }
}
