use figment::value::{Dict, Value};

/// Every key; the example file says what they mean.
pub(super) const KEYS: &[&str] = &[
    "state",
    "models",
    "profile",
    "log.level",
    "log.format",
    "play.recording",
    "play.face",
    "play.fps",
    "play.voice",
    "play.motion",
    "play.heart",
    "play.wearable",
    "play.start",
    "play.skip",
    "play.loop",
    "play.speed",
    "play.duration",
    "play.until_sent",
    "play.progress",
    "play.journal",
    "uplink.broker",
    "uplink.every",
    "uplink.patience",
    "uplink.longest_pause",
    "uplink.in_flight",
    "outbox.max_bytes",
    "outbox.max_age_days",
];

/// The key that a variable of the environment sets, without its prefix; an unknown one stays as it is, to be refused.
pub(super) fn of_variable(name: &str) -> String {
    let is = |key: &&&str| key.replace('.', "_").eq_ignore_ascii_case(name);
    KEYS.iter().find(is).map_or_else(|| name.to_ascii_lowercase(), |key| (*key).to_owned())
}

/// The first key of a tree of values that is not known, and the known one that is most like it.
pub(super) fn unknown(values: &Dict) -> Option<(String, &'static str)> {
    let mut found = Vec::new();
    flatten("", values, &mut found);
    let key = found.into_iter().find(|key| !KEYS.contains(&key.as_str()))?;
    let likeness = |known: &str| (strsim::jaro_winkler(&key, known) * 1e6) as u64;
    let nearest = KEYS.iter().copied().max_by_key(|known| likeness(known))?;
    Some((key, nearest))
}

fn flatten(prefix: &str, values: &Dict, found: &mut Vec<String>) {
    for (name, value) in values {
        let key = format!("{prefix}{name}");
        match value {
            Value::Dict(_, inner) if !KEYS.contains(&key.as_str()) => flatten(&format!("{key}."), inner, found),
            _ => found.push(key),
        }
    }
}
