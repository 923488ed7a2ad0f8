use super::*;

#[test]
fn the_example_file_lists_every_key_with_its_built_in_value() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("collector.example.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let listed: toml::Value = toml::from_str(&text).unwrap();
    assert_eq!(listed, toml::Value::try_from(Config::default()).unwrap());
}

fn read(file: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collector.toml");
    std::fs::write(&path, file).unwrap();
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let settings = Config::sources(Some(&path), flags).load_with(variables).map_err(CollectorError::from);
    settings.and_then(Config::checked).map_err(|error| error.to_string())
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_what_would_be_right() {
    for (file, variable, parts) in [
        (
            "[api]\nlissen = 1\n",
            ("HOME", "/root"),
            ["use the key api.lissen", "collector.toml, line 2", "did you mean api.listen?"],
        ),
        (
            "",
            ("ATTUNE_COLLECTOR_API_LISEN", "127.0.0.1:0"),
            [
                "the variable ATTUNE_COLLECTOR_API_LISEN",
                "known are ATTUNE_COLLECTOR_API_LISTEN",
                "did you mean ATTUNE_COLLECTOR_API_LISTEN?",
            ],
        ),
        ("profile = \"mars\"", ("HOME", "/root"), ["\"mars\" for profile", "line 1", "eu, uk, us or research"]),
        (
            "",
            ("ATTUNE_COLLECTOR_ANALYSIS_THREADS", "many"),
            ["\"many\" for analysis.threads", "ATTUNE_COLLECTOR_ANALYSIS_THREADS in the environment", "a whole number"],
        ),
        ("[analysis]\n\nqueue = 10001", ("HOME", "/root"), ["10001 for analysis.queue", "line 3", "from 0 to 10000"]),
        ("[api]\nnames = [\"http://a\"]", ("HOME", "/root"), ["api.names", "line 2", "HOST:PORT, as attune.example"]),
        ("[broker]\nlisten = \"here\"", ("HOME", "/root"), ["broker.listen", "line 2", "ADDRESS:PORT"]),
        (
            "[log]\nlevel = \"debgu\"",
            ("ATTUNE_COLLECTOR_CONFIG", "x"),
            ["\"debgu\" for log.level", "line 2", "warn, info"],
        ),
        (
            "[broker]\nurl = \"mqtt://there:1\"",
            ("HOME", "/root"),
            ["the text for broker.url", "line 2", "broker.mode = \"external\" beside it"],
        ),
        (
            "[broker]\nacl = \"/etc/mosquitto/attune\"",
            ("HOME", "/root"),
            ["for broker.acl", "line 2", "broker.mode = \"external\" beside it"],
        ),
        (
            "[broker]\nmode = \"external\"\nurl = \"mqtt://127.0.0.1\"\nuser = \"collectors\"",
            ("HOME", "/root"),
            ["\"collectors\" for broker.user", "line 4", "both of broker.user and broker.password_file"],
        ),
        (
            "[broker]\nmode = \"external\"\nurl = \"mqtt://127.0.0.1\"\nuser = \"a/#\"\npassword_file = \"p\"",
            ("HOME", "/root"),
            ["\"a/#\" for broker.user", "line 4", "expected a name of letters"],
        ),
        (
            "[broker]\npublic_url = \"broker.example\"",
            ("HOME", "/root"),
            ["the text for broker.public_url", "line 2", "expected mqtt"],
        ),
        (
            "",
            ("ATTUNE_COLLECTOR_DATABASE_URL", "mysql://me@there/x"),
            ["the text for database.url", "DATABASE_URL in the environment", "begins with sqlite: or postgres:"],
        ),
        (
            "[mail]\nserver = \"smtp://me:secret@there\"",
            ("HOME", "/root"),
            ["the text for mail.server", "line 2", "smtps://HOST"],
        ),
        (
            "[mail]\nserver = \"smtps://there\"",
            ("HOME", "/root"),
            ["for mail.from", "expected an address", "Attune <attune@example.org>"],
        ),
        (
            "[mail]\nserver = \"smtps://there\"\nfrom = \"a@there\"\nuser = \"me\"",
            ("HOME", "/root"),
            ["for mail.user", "line 4", "both of mail.user and mail.password_file"],
        ),
        ("[mail]\nfrom = \"a@there\"", ("HOME", "/root"), ["for mail.server", "the server that", "smtps://"]),
        (
            "[wellbeing]\nleast_people = 4",
            ("HOME", "/root"),
            ["4 for wellbeing.least_people", "line 2", "from 5 to 10000: in a group of fewer than 5 people"],
        ),
        (
            "",
            ("ATTUNE_COLLECTOR_WELLBEING_EPSILON", "-1"),
            [
                "wellbeing.epsilon",
                "WELLBEING_EPSILON in the environment",
                "0 for no noise, or a number from 0.01 to 10",
            ],
        ),
        (
            "[alerts]\nwebhook = \"http://example.org/x\"",
            ("HOME", "/root"),
            ["for alerts.webhook", "line 2", "https://"],
        ),
        (
            "[alerts]\nwebhook = \"https://example.org/x\"",
            ("HOME", "/root"),
            ["for alerts.webhook_secret_file", "a file with the secret", "from here"],
        ),
        (
            "[watching]\nday_begins = 20\nday_ends = 6",
            ("HOME", "/root"),
            ["6 for watching.day_ends", "line 3", "an hour after watching.day_begins"],
        ),
        (
            "",
            ("ATTUNE_COLLECTOR_WATCHING_PEOPLE_A_DAY", "0"),
            ["watching.people_a_day", "WATCHING_PEOPLE_A_DAY in the environment", "from 1 to 10000"],
        ),
        ("[policy]\ndpia = \" \"", ("HOME", "/root"), ["\" \" for policy.dpia", "line 2", "a name of one line"]),
        ("api = 5", ("HOME", "/root"), ["one value for api", "line 1", "a section, [api]"]),
        ("[api\n", ("HOME", "/root"), ["collector.toml as TOML", "line 1", "column 5"]),
    ] {
        let error = read(file, &[variable], Flags::default()).unwrap_err();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load(Some(Path::new("nowhere/collector.toml")), Flags::default()).unwrap_err().to_string();
    assert!(error.contains("read nowhere/collector.toml") && error.contains("--config"), "{error}");
}

#[test]
fn a_variable_is_read_as_its_key_is() {
    let variables = [
        ("ATTUNE_COLLECTOR_BROKER_GROUP", "2026"),
        ("ATTUNE_COLLECTOR_STATE", "true"),
        ("ATTUNE_COLLECTOR_ANALYSIS_QUEUE", "7"),
        ("ATTUNE_COLLECTOR_LOG_FORMAT", "json"),
        ("ATTUNE_TEST_POSTGRES", "postgres://somewhere"),
    ];
    let config = read("[broker]\ngroup = \"file\"", &variables, Flags::default()).unwrap();
    assert_eq!((config.broker.group.as_str(), config.state.to_str()), ("2026", Some("true")));
    assert_eq!((config.analysis.queue, config.log.format), (7, LogFormat::Json));
}

#[test]
fn every_key_has_a_variable_of_its_own() {
    let mut names: Vec<String> = attune_settings::keys::<Config>().iter().map(|key| key.replace('.', "_")).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!((names.len(), all), (92, 92));
}

#[test]
fn flags_win_over_the_file_and_in_the_open_the_api_stays_on_loopback() {
    let flag = |name, key, value| {
        let mut flags = Flags::default();
        flags.one(name, key, Some(value));
        read("profile = \"uk\"\n", &[], flags)
    };
    assert_eq!(read("profile = \"uk\"\n", &[], Flags::default()).unwrap().profile, Profile::Uk);
    assert_eq!(flag("--profile", "profile", "us").unwrap().profile, Profile::Us);
    let error = flag("--api", "api.listen", "0.0.0.0:8750").unwrap_err();
    assert!(error.contains("the flag --api") && error.contains("loopback"), "{error}");
    for beside in [
        "[api.tls]\nself_signed = true\n",
        "[api.tls]\ncertificate = \"c\"\nkey = \"k\"\n",
        "[api.proxy]\ntrusted = [\"10.0.0.0/8\"]\n",
    ] {
        let config = read(&format!("[api]\nlisten = \"0.0.0.0:8750\"\n{beside}"), &[], Flags::default());
        assert!(config.is_ok_and(|config| !config.api.listen.ip().is_loopback()), "{beside}");
    }
}

#[test]
fn a_certificate_has_its_key_and_is_the_only_one_and_a_proxy_is_an_address() {
    for (file, key, part) in [
        ("[api.tls]\ncertificate = \"c\"\n", "api.tls.key", "expected the file of the key"),
        ("[api.tls]\nkey = \"k\"\n", "api.tls.certificate", "expected the file of the certificate"),
        (
            "[api.tls]\ncertificate = \"c\"\nkey = \"k\"\nself_signed = true\n",
            "api.tls.self_signed",
            "there is one already",
        ),
        ("[api.proxy]\ntrusted = [\"nginx\"]\n", "api.proxy.trusted", "no address or network"),
        ("[api.proxy]\ntrusted = [\"0.0.0.0/0\"]\n", "api.proxy.trusted", "everybody"),
        ("[api.rate]\nrequests = 0.5\n", "api.rate.requests", "from 1"),
        ("[api.rate]\nburst = 0\n", "api.rate.burst", "from 1"),
    ] {
        let error = read(file, &[], Flags::default()).unwrap_err();
        assert!(error.contains(key) && error.contains(part), "{error}");
    }
}

#[test]
fn without_noise_a_figure_is_of_ten_people_and_of_five_where_that_is_set() {
    let set = |file| read(file, &[], Flags::default()).unwrap().wellbeing.settings();
    let of = |least_people, epsilon| attune_wellbeing::Settings { least_people, epsilon };
    assert_eq!(set(""), of(10, None));
    assert_eq!(set("[wellbeing]\nleast_people = 5\nepsilon = 0.5"), of(5, Some(0.5)));
}
