use figment::value::Value;

use super::keys::KEYS;
use super::load::layered;
use super::*;

/// The example with every commented key put in force.
fn example() -> String {
    let text = include_str!("../../agent.example.toml");
    let in_force = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if rest.split(' ').nth(1) == Some("=") => rest.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(in_force).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_lists_every_key_and_its_values_are_the_defaults() {
    let table: toml::Table = example().parse().unwrap();
    for key in KEYS {
        let found =
            key.split('.').try_fold(&toml::Value::Table(table.clone()), |value, name| value.get(name)).is_some();
        assert!(found, "{key} stands in the example");
    }
    let text = include_str!("../../agent.example.toml");
    let read: toml::Table = text.parse().unwrap();
    let defaults = toml::Table::try_from(Config::default()).unwrap();
    for (section, values) in read {
        match (values, &defaults[&section]) {
            (toml::Value::Table(values), toml::Value::Table(defaults)) => {
                values.iter().for_each(|(key, value)| assert_eq!(Some(value), defaults.get(key), "{section}.{key}"));
            }
            (value, default) => assert_eq!(&value, default, "{section}"),
        }
    }
}

fn read(file: &str, variables: &[(&str, &str)], flags: &[(&str, Value)]) -> Result<Config, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let flags: Vec<_> = flags.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    layered(file, variables, &flags).map_err(|e| e.to_string())
}

#[test]
fn the_environment_goes_over_the_file_and_flags_over_both() {
    let file = "profile = \"us\"\n[uplink]\nevery = 5\n[play]\nspeed = 2\n";
    let variables = [
        ("ATTUNE_AGENT_UPLINK_EVERY", "7"),
        ("ATTUNE_AGENT_PLAY_SPEED", "max"),
        ("ATTUNE_AGENT_LOG_LEVEL", "debug"),
        ("ATTUNE_AGENT_CONFIG", "somewhere.toml"),
        ("HOME", "/root"),
    ];
    let flags = [("log.level", Value::from("warn")), ("play.loop", Value::from(vec!["face"]))];
    let config = read(file, &variables, &flags).unwrap();
    assert_eq!(config.profile.name(), "us");
    assert_eq!((config.uplink.every, config.play.speed), (7.0, Speed::Max));
    assert_eq!((config.log.level.as_str(), config.play.looped), ("warn", vec!["face".to_owned()]));
}

#[test]
fn a_key_that_is_not_known_is_refused_with_the_nearest_one() {
    for (file, nearest) in [
        ("profil = \"eu\"", "profile"),
        ("[uplink]\neverry = 1", "uplink.every"),
        ("[outbx]\nmax_bytes = 9", "outbox.max_bytes"),
    ] {
        let error = read(file, &[], &[]).unwrap_err();
        assert!(error.ends_with(&format!("did you mean {nearest}?")), "{error}");
    }
    let error = read("", &[("ATTUNE_AGENT_UPLINK_EVERRY", "7")], &[]).unwrap_err();
    assert!(error.contains("uplink_everry"), "{error}");
}

#[test]
fn values_that_are_not_possible_are_refused_by_their_key() {
    for (file, key) in [
        ("[uplink]\nevery = 0", "uplink.every"),
        ("[uplink]\nevery = \"soon\"", "uplink.every"),
        ("profile = \"mars\"", "profile"),
        ("[play]\nspeed = \"fast\"", "speed"),
        ("[play]\nskip = [\"nose=4\"]", "nose"),
        ("[play]\nskip = [\"face\"]", "play.skip"),
        ("[play]\nloop = [\"nose\"]", "play.loop"),
        ("[play]\nfps = 0", "play.fps"),
    ] {
        let error = read(file, &[], &[]).unwrap_err();
        assert!(error.contains(key), "{file}: {error}");
    }
}
