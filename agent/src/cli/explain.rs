//! What answers of the collector mean for a person.

/// What a refusal means.
pub(super) fn why_refused(reason: &str) -> &str {
    match reason {
        "no_consent" => "you had not consented to them",
        "withdrawn" => "you had withdrawn your consent",
        "profile" => "the collector's profile does not let them in",
        "time" => "no device can have sensed at their time; is this device's clock right?",
        "erased" => "you had them deleted",
        other => other,
    }
}
