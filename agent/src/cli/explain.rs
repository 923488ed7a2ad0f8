//! What answers of the collector mean for a person.

use attune_protocol::ack::Answer;

/// What a refusal means, and by which rule it is one.
pub(super) fn why_refused(reason: &str) -> String {
    let why = match reason {
        "no_consent" => "you had not consented to them",
        "withdrawn" => "you had withdrawn your consent",
        "profile" => "the collector's profile does not let them in",
        "time" => "no device can have sensed at their time; is this device's clock right?",
        "erased" => "you had them deleted",
        "switched_off" => "you had switched off in the browser what they are of",
        "not_kept" => "you had chosen in the browser that nothing that is sensed be kept",
        other => other,
    };
    let answer = Answer::ALL.into_iter().find(|answer| answer.name() == reason);
    match answer.and_then(Answer::rule) {
        Some(rule) => format!("{why} (rule {})", rule.id),
        None => why.to_owned(),
    }
}
