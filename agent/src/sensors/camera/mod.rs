//! Cameras, through nokhwa. What they give (MJPEG, YUYV, NV12, grey) is decoded by our own decoders.
//!
//! A camera is opened and read in a thread of its own ([`grab`]), which is left behind where the driver never answers.
//! [`look`] says of each picture whether it is one: broken, covered, dark and frozen ones are not.

mod formats;
mod grab;
mod look;
mod nodes;
mod pixels;
mod privacy;
mod stream;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use attune_analysis::sample::Frame;
use attune_protocol::record::Gap;
use crossbeam_channel::{Receiver, TryRecvError};

pub(super) use nodes::{LOOKED_FOR, Node};

use self::stream::CameraStream;
use super::live::{Device, Stream, Trouble};
use crate::clock::Clock;
use crate::config::Choice;
use crate::governor::Effort;

/// A camera by the configuration, as a live source.
pub(super) struct Camera {
    choice: Choice,
    fps: f64,
    clock: Clock,
    effort: Effort,
    /// The name of the one that was open last: it is the same one when it is plugged in again, at whatever number.
    last: Option<String>,
    /// How often it was opened and gave no picture: each time another format is tried.
    fruitless: Arc<AtomicUsize>,
    /// Whether it was opened anew because it showed nothing, and has shown nothing since.
    dark: Arc<AtomicBool>,
    /// Hangs up when what was open last is closed.
    closed: Option<Receiver<()>>,
}

impl Camera {
    /// The one that `choice` names, of which `fps` pictures a second are looked at, or as many as the effort allows.
    pub(super) fn new(choice: Choice, fps: f64, clock: Clock, effort: Effort) -> Self {
        Self { choice, fps, clock, effort, last: None, fruitless: Arc::default(), dark: Arc::default(), closed: None }
    }
}

impl Device for Camera {
    type Sample = Frame;

    fn open(&mut self) -> Result<Box<dyn Stream<Sample = Frame>>, Trouble> {
        if self.closed.as_ref().is_some_and(|closed| closed.try_recv() == Err(TryRecvError::Empty)) {
            let camera = self.last.as_deref().unwrap_or_default();
            let why =
                format!("the camera {camera} does not answer: was it unplugged? If it is there, plug it in again");
            return Err(Trouble::new(Gap::DeviceGone, why));
        }
        let all = nodes::list();
        let node = choose(&all, &self.choice, self.last.as_deref())?;
        let name = node.name.clone();
        let stream = CameraStream::open(node, self.fps, &self.fruitless, &self.dark, &self.clock, self.effort.clone())?;
        (self.last, self.closed) = (Some(name), Some(stream.closed()));
        Ok(Box::new(stream))
    }
}

/// Every camera, and what is chosen of them.
pub(super) fn list(choice: &Choice) -> (Vec<Node>, Result<Node, Trouble>) {
    let all = nodes::list();
    let chosen = choose(&all, choice, None);
    (all, chosen)
}

/// Of a camera's nodes the one that shows a picture in colour; unasked never a virtual one.
fn choose(all: &[Node], choice: &Choice, last: Option<&str>) -> Result<Node, Trouble> {
    let real = || all.iter().filter(|node| !node.is_virtual && !node.is_second);
    let named = |name: &str| {
        let name = name.to_lowercase();
        let mut found: Vec<&Node> = all.iter().filter(|node| node.name.to_lowercase().contains(&name)).collect();
        found.sort_by_key(|node| (node.is_second, node.is_infrared, node.is_virtual, node.number));
        found.first().copied().cloned()
    };
    match choice {
        Choice::Off => Err(Trouble::none("the camera is turned off in the configuration (camera.device)")),
        Choice::Named(name) => match name.parse::<u32>() {
            Ok(number) => {
                let known = all.iter().find(|node| node.number == number).cloned();
                Ok(known.unwrap_or_else(|| Node::unlisted(number)))
            }
            Err(_) => named(name).ok_or_else(|| {
                let there = names(all);
                Trouble::new(
                    Gap::DeviceGone,
                    format!("no camera with '{name}' in its name is plugged in; there is {there}"),
                )
            }),
        },
        Choice::On => {
            let same = real().find(|node| last == Some(node.name.as_str()));
            let best = same.or_else(|| real().min_by_key(|node| (node.is_infrared, node.number)));
            best.cloned().ok_or_else(|| match (last, all.is_empty()) {
                (Some(last), _) => Trouble::new(Gap::DeviceGone, format!("the camera {last} was unplugged")),
                (None, true) => Trouble::none(format!("no camera was found: looked for {LOOKED_FOR}")),
                (None, false) => Trouble::none(format!(
                    "only virtual cameras were found ({}), which are not taken unasked: name one with camera.device",
                    names(all)
                )),
            })
        }
    }
}

fn names(all: &[Node]) -> String {
    let names: Vec<&str> = all.iter().map(|node| node.name.as_str()).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u32, name: &str) -> Node {
        Node { name: name.into(), is_virtual: false, is_second: false, is_infrared: false, ..Node::unlisted(number) }
    }

    fn chosen(all: &[Node], choice: &str, last: Option<&str>) -> Result<u32, Option<Gap>> {
        choose(all, &Choice::from(choice.to_owned()), last).map(|node| node.number).map_err(|trouble| trouble.gap)
    }

    #[test]
    fn unasked_the_colour_node_of_a_real_camera_is_taken_and_never_a_virtual_one() {
        let all = [
            Node { is_virtual: true, ..node(0, "OBS Virtual Camera") },
            Node { is_infrared: true, ..node(1, "Integrated IR Camera") },
            node(2, "Integrated Camera"),
            Node { is_second: true, ..node(3, "Integrated Camera") },
            node(4, "HD Webcam"),
        ];
        assert_eq!(chosen(&all, "on", None), Ok(2));
        assert_eq!(chosen(&all[..1], "on", None), Err(None), "virtual ones are no gap");
        assert_eq!(chosen(&all, "obs", None), Ok(0), "asked for by name");
        assert_eq!(chosen(&all, "integrated", None), Ok(2));
        assert_eq!(chosen(&all, "3", None), Ok(3), "asked for by number");
        assert_eq!(chosen(&all, "off", None), Err(None));
        assert_eq!(chosen(&[], "on", None), Err(None));
    }

    #[test]
    fn a_camera_that_is_plugged_in_again_is_the_same_one_at_another_number() {
        let all = [node(1, "Integrated Camera"), node(5, "HD Webcam")];
        assert_eq!(chosen(&all, "on", Some("HD Webcam")), Ok(5));
        assert_eq!(chosen(&all[..1], "webcam", Some("HD Webcam")), Err(Some(Gap::DeviceGone)));
        assert_eq!(chosen(&[], "on", Some("HD Webcam")), Err(Some(Gap::DeviceGone)), "it was there");
    }
}
