//! Which cameras there are, without opening any.

/// One that can be opened by its number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::sensors) struct Node {
    /// Its number, as in `/dev/video0`.
    pub(in crate::sensors) number: u32,
    /// What it calls itself.
    pub(in crate::sensors) name: String,
    /// Whether a program shows pictures through it, and no lens.
    pub(in crate::sensors) is_virtual: bool,
    /// Whether it is another node of a camera that has one before: of its metadata, most often.
    pub(in crate::sensors) is_second: bool,
    /// Whether it says that it sees infrared light.
    pub(in crate::sensors) is_infrared: bool,
}

impl Node {
    /// One that is not in the list and may be there all the same.
    pub(super) fn unlisted(number: u32) -> Self {
        Self { number, name: format!("camera {number}"), is_virtual: false, is_second: false, is_infrared: false }
    }
}

/// What is looked for, for a person.
#[cfg(target_os = "linux")]
pub(in crate::sensors) const LOOKED_FOR: &str = "/dev/video0, /dev/video1 and so on";
#[cfg(not(target_os = "linux"))]
pub(in crate::sensors) const LOOKED_FOR: &str = "the cameras that the system lists";

#[cfg(target_os = "linux")]
pub(super) fn list() -> Vec<Node> {
    linux::list("/dev".as_ref(), "/sys/class/video4linux".as_ref())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn list() -> Vec<Node> {
    let all = nokhwa::query(nokhwa::utils::ApiBackend::Auto).unwrap_or_default();
    let node = |info: &nokhwa::utils::CameraInfo| {
        let name = info.human_name();
        let is_virtual = name.to_lowercase().contains("virtual");
        Some(Node { is_virtual, name, ..Node::unlisted(info.index().as_index().ok()?) })
    };
    all.iter().filter_map(node).collect()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::path::Path;

    use super::Node;

    /// The video nodes of `dev`, as `sys` describes them, by number.
    pub(super) fn list(dev: &Path, sys: &Path) -> Vec<Node> {
        let entries = fs::read_dir(dev).into_iter().flatten().flatten();
        let number = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_prefix("video")?.parse().ok();
        let mut numbers: Vec<u32> = entries.filter_map(number).collect();
        numbers.sort_unstable();
        numbers.into_iter().map(|number| node(sys, number)).collect()
    }

    fn node(sys: &Path, number: u32) -> Node {
        let folder = sys.join(format!("video{number}"));
        let read = |file: &str| fs::read_to_string(folder.join(file)).ok().map(|text| text.trim().to_owned());
        let name = read("name").filter(|name| !name.is_empty());
        // A device that no bus carries stands in the tree of virtual ones.
        let place = fs::canonicalize(&folder).unwrap_or_default();
        let is_virtual = place.components().any(|part| part.as_os_str() == "virtual");
        let words = name.as_deref().unwrap_or_default().to_lowercase();
        let mut words = words.split(|c: char| !c.is_alphanumeric());
        Node {
            number,
            is_virtual,
            is_second: read("index").is_some_and(|index| index != "0"),
            is_infrared: words.any(|word| word == "ir" || word == "infrared"),
            name: name.unwrap_or_else(|| format!("camera {number}")),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn nodes_are_told_by_what_the_system_says_of_them() {
            let place = tempfile::tempdir().unwrap();
            let (dev, sys) = (place.path().join("dev"), place.path().join("class"));
            fs::create_dir_all(&sys).unwrap();
            fs::create_dir_all(&dev).unwrap();
            for (number, bus, name, index) in [
                (0, "virtual/video4linux", "OBS Virtual Camera", "0"),
                (2, "pci0000:00/usb1/1-8", "Integrated Camera: Integrated C", "0"),
                (3, "pci0000:00/usb1/1-8", "Integrated Camera: Integrated C", "1"),
                (10, "pci0000:00/usb1/1-8", "Integrated Camera: Integrated I-IR", "0"),
            ] {
                let folder = place.path().join("devices").join(bus).join(format!("video{number}"));
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join("name"), format!("{name}\n")).unwrap();
                fs::write(folder.join("index"), format!("{index}\n")).unwrap();
                std::os::unix::fs::symlink(&folder, sys.join(format!("video{number}"))).unwrap();
                fs::write(dev.join(format!("video{number}")), "").unwrap();
            }
            fs::write(dev.join("video_decoder"), "").unwrap();
            let all = list(&dev, &sys);
            let seen: Vec<_> =
                all.iter().map(|node| (node.number, node.is_virtual, node.is_second, node.is_infrared)).collect();
            assert_eq!(
                seen,
                [(0, true, false, false), (2, false, false, false), (3, false, true, false), (10, false, false, true)]
            );
            assert_eq!(all[0].name, "OBS Virtual Camera");
            assert_eq!(list(&place.path().join("nowhere"), &sys), []);
        }
    }
}
