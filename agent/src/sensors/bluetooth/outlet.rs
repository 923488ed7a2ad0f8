use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{HeartSample, MotionSample, Timestamp};
use attune_protocol::record::Gap;

use crate::sensors::live::Feed;

/// What packets of a wearable gave.
#[derive(Default)]
pub(super) struct Given {
    /// Beats, rates and contact, in the order of their times.
    pub(super) heart: Vec<HeartSample>,
    /// Inertial samples, in the order of their times.
    pub(super) motion: Vec<MotionSample>,
    /// What of the packets was left out.
    pub(super) left_out: LeftOut,
}

/// What of a wearable may be heard.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Wanted {
    pub(super) heart: bool,
    pub(super) motion: bool,
}

/// Where what one wearable gives goes.
pub(super) struct Outlet {
    name: String,
    heart: Option<Feed<HeartSample>>,
    motion: Option<Feed<MotionSample>>,
    /// What was told last of how it stands.
    told: Option<(Option<Gap>, Option<String>)>,
}

impl Outlet {
    pub(super) fn new(name: String, heart: Option<Feed<HeartSample>>, motion: Option<Feed<MotionSample>>) -> Self {
        Self { name, heart, motion, told: None }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The instant it is, by the clock of all records.
    pub(super) fn now(&self) -> Timestamp {
        let heart = self.heart.as_ref().map(Feed::now);
        heart.or_else(|| self.motion.as_ref().map(Feed::now)).unwrap_or(Timestamp(0))
    }

    /// Whether anything of it may be sensed now.
    pub(super) fn is_permitted(&self) -> bool {
        self.wanted() != Wanted::default()
    }

    /// What of it may be sensed now.
    pub(super) fn wanted(&self) -> Wanted {
        let heart = self.heart.as_ref().is_some_and(Feed::is_permitted);
        Wanted { heart, motion: self.motion.as_ref().is_some_and(Feed::is_permitted) }
    }

    /// The wearable says that it rests: its sensor of motion gives the same for ever.
    pub(super) fn rests(&self) {
        self.motion.iter().for_each(|feed| feed.lack(Gap::DeviceAsleep));
    }

    pub(super) fn give(&self, given: Given) {
        let Given { heart, motion, left_out } = given;
        let mut left_out = Some(left_out);
        if let Some(feed) = &self.heart {
            feed.give(heart, left_out.take().unwrap_or_default());
        }
        if let Some(feed) = &self.motion {
            feed.give(motion, left_out.take().unwrap_or_default());
        }
    }

    /// How it stands, told where it has changed: why nothing comes, and what the device is while it is connected.
    pub(super) fn stand(&mut self, gap: Option<Gap>, device: Option<String>) {
        let standing = (gap, device);
        if self.told.as_ref() == Some(&standing) {
            return;
        }
        let before = self.told.replace(standing.clone());
        let (gap, device) = standing;
        let gap = gap.filter(|_| before.as_ref().is_none_or(|(before, _)| *before != gap));
        self.each(
            |feed| {
                feed.uses(device.clone());
                gap.into_iter().for_each(|gap| feed.lack(gap));
            },
            |feed| {
                feed.uses(device.clone());
                gap.into_iter().for_each(|gap| feed.lack(gap));
            },
        );
    }

    /// It was left: how it stands is told anew when it is heard again.
    pub(super) fn closed(&mut self) {
        self.told = None;
        self.each(|feed| feed.uses(None), |feed| feed.uses(None));
    }

    pub(super) fn trouble(&self, words: &str) {
        self.each(|feed| feed.trouble(Some(words.to_owned())), |feed| feed.trouble(Some(words.to_owned())));
    }

    pub(super) fn battery(&self, percent: Option<u8>) {
        self.each(|feed| feed.battery(percent), |feed| feed.battery(percent));
    }

    fn each(&self, heart: impl Fn(&Feed<HeartSample>), motion: impl Fn(&Feed<MotionSample>)) {
        self.heart.iter().for_each(heart);
        self.motion.iter().for_each(motion);
    }
}
