use attune_settings::{Flags, keys};

use super::load::{checked, sources};
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
    for key in keys::<Config>() {
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

fn read(file: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.toml");
    std::fs::write(&path, file).unwrap();
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let settings = sources(Some(&path), flags).load_with(variables).map_err(crate::AgentError::from);
    settings.and_then(checked).map_err(|e| e.to_string())
}

#[test]
fn the_environment_goes_over_the_file_and_flags_over_both() {
    let file = "profile = \"us\"\n[uplink]\nevery = 5\n[play]\nspeed = 2\n";
    let variables = [
        ("ATTUNE_AGENT_UPLINK_EVERY", "7"),
        ("ATTUNE_AGENT_PLAY_SPEED", "max"),
        ("ATTUNE_AGENT_LOG_LEVEL", "debug"),
        ("ATTUNE_AGENT_CONFIG", "somewhere.toml"),
        ("ATTUNE_DATA", "somewhere"),
        ("HOME", "/root"),
    ];
    let mut flags = Flags::default();
    flags.one("--log", "log.level", Some("warn"));
    flags.list("--loop", "play.loop", &["face".to_owned()]);
    let config = read(file, &variables, flags).unwrap();
    assert_eq!(config.profile.name(), "us");
    assert_eq!((config.uplink.every, config.play.speed), (7.0, Speed::Max));
    assert_eq!((config.log.level.as_str(), config.play.looped), ("warn", vec!["face".to_owned()]));
}

#[test]
fn every_key_has_a_variable_of_its_own() {
    let mut names: Vec<String> = keys::<Config>().iter().map(|key| key.replace('.', "_")).collect();
    assert_eq!(names.len(), 44);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 44);
    let variables = [
        ("ATTUNE_AGENT_OUTBOX_MAX_BYTES", "70000"),
        ("ATTUNE_AGENT_UPLINK_LONGEST_PAUSE", "2.5"),
        ("ATTUNE_AGENT_PLAY_UNTIL_SENT", "true"),
        ("ATTUNE_AGENT_PLAY_SKIP", "[\"voice=12.5\"]"),
        ("ATTUNE_AGENT_PLAY_LOOP", "[face, heart]"),
        ("ATTUNE_AGENT_PLAY_DURATION", "60"),
        ("ATTUNE_AGENT_STATE", "2026"),
    ];
    let config = read("", &variables, Flags::default()).unwrap();
    assert_eq!((config.outbox.max_bytes, config.uplink.longest_pause), (70_000, 2.5));
    assert!(config.play.until_sent);
    assert_eq!(config.play.skip, ["voice=12.5"]);
    assert_eq!(config.play.looped, ["face", "heart"]);
    assert_eq!((config.play.duration, config.state.to_str()), (Some(60.0), Some("2026")));
}

#[test]
fn a_key_that_is_not_known_is_refused_with_the_nearest_one() {
    for (file, nearest) in [
        ("profil = \"eu\"", "profile"),
        ("[uplink]\neverry = 1", "uplink.every"),
        ("[outbx]\nmax_bytes = 9", "outbox.max_bytes"),
    ] {
        let error = read(file, &[], Flags::default()).unwrap_err();
        assert!(error.ends_with(&format!("did you mean {nearest}?")), "{error}");
    }
    let error = read("", &[("ATTUNE_AGENT_UPLINK_EVERRY", "7")], Flags::default()).unwrap_err();
    assert!(error.contains("ATTUNE_AGENT_UPLINK_EVERRY"), "{error}");
    assert!(error.ends_with("did you mean ATTUNE_AGENT_UPLINK_EVERY?"), "{error}");
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
        ("[play]\nstart = \"yesterday\"", "\"yesterday\" for play.start ("),
        ("[uplink]\nbroker = \"http://me:secret@there\"", "for uplink.broker ("),
        ("[log]\nlevel = \"debgu\"", "\"debgu\" for log.level ("),
        ("[phone]\nlisten = \"on\"", "\"on\" for phone.listen ("),
        ("[phone]\nlisten = \"0.0.0.0:0\"", "phone.listen"),
        ("[phone]\nlate = 0", "phone.late"),
        ("[footprint]\nshare = 0", "footprint.share"),
        ("[check_in]\nremind = [\"noon\"]", "check_in.remind"),
        ("[check_in]\ndays = [\"monday\"]", "check_in.days"),
    ] {
        let error = read(file, &[], Flags::default()).unwrap_err();
        assert!(error.contains(key) && !error.contains("secret"), "{file}: {error}");
    }
}
