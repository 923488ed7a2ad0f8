//! MQTT topics. A device publishes under its own id and nowhere else.

use crate::ids::DeviceId;

/// What a collector subscribes to for batches.
pub const ALL_BATCHES: &str = "attune/v1/up/+";
/// What a collector subscribes to for enrolments.
pub const ALL_ENROLMENTS: &str = "attune/v1/enrol/+";

/// Where a device publishes its batches.
#[must_use]
pub fn batches_of(device: DeviceId) -> String {
    format!("attune/v1/up/{device}")
}

/// Where a device asks to be enrolled.
#[must_use]
pub fn enrolment_of(device: DeviceId) -> String {
    format!("attune/v1/enrol/{device}")
}

/// Where a device listens for acknowledgements and for the answer to its enrolment.
#[must_use]
pub fn answers_to(device: DeviceId) -> String {
    format!("attune/v1/down/{device}")
}

/// Where the answer to an enrolment is published besides, at a broker that is not the collector's own: one that knows no device before it
/// is enrolled can let anybody hear this, and nobody but a device itself what else it is answered.
#[must_use]
pub fn enrolled(device: DeviceId) -> String {
    format!("attune/v1/enrolled/{device}")
}

/// What a topic that a collector receives from is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inbound {
    /// Batches of this device.
    Batches(DeviceId),
    /// The enrolment of this device.
    Enrolment(DeviceId),
}

/// Reads a topic that a device published to. `None` when it is not one of ours.
#[must_use]
pub fn parse(topic: &str) -> Option<Inbound> {
    let (what, device) = topic.strip_prefix("attune/v1/")?.split_once('/')?;
    let device = device.parse().ok()?;
    match what {
        "up" => Some(Inbound::Batches(device)),
        "enrol" => Some(Inbound::Enrolment(device)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_names_its_device() {
        let device = DeviceId::random();
        assert_eq!(parse(&batches_of(device)), Some(Inbound::Batches(device)));
        assert_eq!(parse(&enrolment_of(device)), Some(Inbound::Enrolment(device)));
        assert_eq!(parse(&answers_to(device)), None);
        assert_eq!(parse(&enrolled(device)), None);
        assert_eq!(parse("attune/v1/up/not-a-device"), None);
    }

    #[test]
    fn a_collector_hears_what_a_device_publishes_and_not_what_it_is_answered() {
        let device = DeviceId::random();
        let hears = |filter: &str, topic: &str| {
            let under = filter.strip_suffix('+').expect("one level is open");
            topic.strip_prefix(under).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        };
        for (topic, heard) in [
            (batches_of(device), [true, false]),
            (enrolment_of(device), [false, true]),
            (answers_to(device), [false, false]),
            (enrolled(device), [false, false]),
        ] {
            assert_eq!([ALL_BATCHES, ALL_ENROLMENTS].map(|filter| hears(filter, &topic)), heard, "{topic}");
        }
        for other in
            ["up/0", "attune/v2/up/0", &format!("attune/v1/other/{device}"), &format!("attune/v1/up/{device}/x")]
        {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
