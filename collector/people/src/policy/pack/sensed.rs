//! What the registry says of what is sensed, for people who read no code.

use attune_protocol::policy::{Data, Profile};
use attune_protocol::registry::{Category, FeatureSpec, Modality};

use super::markdown::{capital, table};

/// What senses it, and what is looked at.
pub(super) const fn sensor(modality: Modality) -> (&'static str, &'static str) {
    match modality {
        Modality::Face => ("camera", "expression, blinks, pulse at the skin, where head and eyes are"),
        Modality::Voice => ("microphone", "how a voice sounds, not what is said"),
        Modality::Motion => ("accelerometer and gyroscope", "how much somebody moves, and how"),
        Modality::Heart => ("wearable on chest or wrist", "times between heartbeats"),
        Modality::CheckIn => ("none: the person answers a question", "how they say that they are"),
        Modality::Text => ("none: a program of the person's hands messages over", "how they sound, not what they say"),
    }
}

/// The fields of a modality by category, in the order of [`Category::ALL`].
fn by_category(modality: Modality) -> impl Iterator<Item = (Category, Vec<&'static FeatureSpec>)> {
    let of = move |category| (category, modality.features().iter().filter(|spec| spec.category == category).collect());
    Category::ALL.into_iter().map(of).filter(|(_, fields): &(_, Vec<_>)| !fields.is_empty())
}

fn count(fields: usize) -> String {
    if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") }
}

/// A table: what is sensed by what, and which kinds of numbers are made of it.
pub(super) fn sensors() -> String {
    let row = |modality: Modality| {
        let (sensor, looked_at) = sensor(modality);
        let kinds = by_category(modality)
            .map(|(category, fields)| format!("{} ({})", Data::Derived(category).words(), count(fields.len())));
        vec![modality.name().to_owned(), sensor.to_owned(), looked_at.to_owned(), kinds.collect::<Vec<_>>().join("; ")]
    };
    table(&["Sensor (name in consent)", "Device", "What is looked at", "Numbers made of it"], Modality::ALL.map(row))
}

/// A table: what becomes of each kind of numbers under a profile, by which rule, and the longest time for which the registry
/// lets it be kept.
pub(super) fn kinds(profile: Profile) -> String {
    let row = |category: Category| {
        let rule = profile.leaving(category);
        let fields = || Modality::ALL.into_iter().flat_map(Modality::features).filter(|spec| spec.category == category);
        let days = fields().map(|spec| spec.retention.days()).max().unwrap_or_default();
        let shortest = fields().map(|spec| spec.retention.days()).min().unwrap_or_default();
        let kept = match (rule.decision.leaves_the_device(), days == shortest) {
            (false, _) => "not kept at the collector".to_owned(),
            (true, true) => format!("{days} days"),
            (true, false) => format!("{shortest} or {days} days, by field"),
        };
        let becomes = match rule.decision.leaves_the_device() {
            true => "may leave the device, if the person agreed",
            false => "stays on the device",
        };
        let data = Data::Derived(category);
        vec![
            capital(data.words()),
            fields().count().to_string(),
            becomes.to_owned(),
            kept,
            format!("{} [{}]", rule.says, rule.id),
        ]
    };
    table(
        &["Kind of numbers", "Fields", "What becomes of it", "Longest time by the registry", "Rule"],
        Category::ALL.map(row),
    )
}

/// A table of every field that there is.
pub(super) fn fields(profile: Profile) -> String {
    let all =
        Modality::ALL.into_iter().flat_map(|modality| modality.features().iter().map(move |spec| (modality, spec)));
    let row = |(modality, spec): (Modality, &FeatureSpec)| {
        let leaves = profile.lets_leave(spec.category);
        vec![
            modality.name().to_owned(),
            spec.name.replace('_', " "),
            if spec.unit == "1" { "-".to_owned() } else { spec.unit.to_owned() },
            format!("{} s", spec.span.seconds()),
            Data::Derived(spec.category).words().to_owned(),
            if leaves { format!("{} days", spec.retention.days()) } else { "stays on the device".to_owned() },
            spec.source.to_owned(),
        ]
    };
    table(&["Sensor", "Field", "Unit", "Measured over", "Kind", "Longest kept", "Definition"], all.map(row))
}
