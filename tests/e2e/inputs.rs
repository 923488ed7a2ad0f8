//! The table of inputs: every kind of file at every place where it can be given, and how what is not read is said.

use std::process::Command;

use attune_tests::agent::Agent;
use attune_tests::browser::Browser;
use attune_tests::collector::Collector;
use attune_tests::inputs::{self, Input, Outcome};
use attune_tests::left_out::tool_for;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{api, media, models};
use data_encoding::BASE64;
use serde_json::Value;

/// Begins with a window.
const START: &str = "2026-03-02T09:00:00Z";

/// `features` of one file.
fn features(agent: &Agent, modality: &str, file: &std::path::Path) -> Command {
    let mut command = agent.command();
    command.args(["features", "--format", "json", "--speed", "max", "--start", START]);
    command.arg(format!("--{modality}")).arg(file);
    command
}

/// What `features` printed.
fn printed(lines: &str) -> Outcome {
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("a record a line")).collect();
    let windows = records.iter().filter(|record| record["received"].as_u64() > Some(0)).count();
    let counts =
        records.iter().filter_map(|record| record["left_out"].as_object()).flat_map(|reasons| reasons.values());
    Outcome::Read { windows, left_out: counts.filter_map(Value::as_u64).sum() }
}

/// Whether something came out as it should, where a refusal has its part of the sentence.
fn is_so(expected: Outcome, found: &Result<Outcome, String>) -> bool {
    match (expected, found) {
        (Outcome::Read { .. }, Ok(found)) => *found == expected,
        (Outcome::Refused(part), Err(sentence)) => sentence.contains(part),
        _ => false,
    }
}

/// Tries every row of the table, and tells of all that came out otherwise.
fn try_all(at: impl Fn(&Input) -> Outcome, mut give: impl FnMut(&Input) -> Result<Outcome, String>) {
    let rows = inputs::all();
    assert!(rows.len() > 50, "the table has {} rows", rows.len());
    let wrong = rows.iter().filter_map(|row| {
        let (expected, found) = (at(row), give(row));
        (!is_so(expected, &found)).then(|| format!("{} ({}): {expected:?}, but {found:?}", row.about, row.name))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_pipe_in_the_place_of_a_recording_is_refused_at_once() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    for modality in ["face", "voice", "motion", "heart"] {
        let pipe = place.join(format!("{modality}.pipe"));
        process::output(Command::new("mkfifo").arg(&pipe));
        let mut running = Process::start(
            agent.command().arg("run").arg(format!("--{modality}")).arg(&pipe),
            &place.join(format!("{modality}.log")),
        );
        assert!(!running.wait().success(), "{}", running.log());
        assert!(running.log().contains("it is no file"), "{}", running.log());
    }
}

#[test]
fn the_agent_reads_and_refuses_as_the_table_says() {
    let place = Place::new();
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    try_all(
        |row| row.agent,
        |row| {
            let file = place.join(row.name);
            std::fs::write(&file, &row.bytes).expect("the test's folder can be written");
            let done = features(&agent, row.modality, &file).output().expect("the program starts");
            match done.status.success() {
                true => Ok(printed(&String::from_utf8_lossy(&done.stdout))),
                false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
            }
        },
    );
}

#[test]
fn the_api_reads_and_refuses_as_the_table_says() {
    let place = Place::new();
    let collector = Collector::start(&place);
    try_all(|row| row.api, |row| sent(&collector, row));
}

/// The answer to a form with one file.
fn posted(collector: &Collector, field: &str, name: &str, bytes: &[u8]) -> (u16, Value) {
    let head = format!("--x\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
    let body = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
    api::post_bytes(collector.api(), "/api/v1/analyze", "multipart/form-data; boundary=x", &body)
}

/// What the API makes of a file in a form.
fn sent(collector: &Collector, row: &Input) -> Result<Outcome, String> {
    let field = match row.modality {
        "face" => "face_image",
        "voice" => "audio_data",
        "motion" => "motion_data",
        _ => "heart_data",
    };
    let (status, answer) = posted(collector, field, row.name, &row.bytes);
    if status != 200 {
        assert_eq!(answer["field"], field, "{answer:#}");
        return Err(answer["detail"].to_string());
    }
    let records = answer["records"].as_array().expect("a list");
    let windows = records.iter().filter(|record| record["coverage"].as_f64() > Some(0.0)).count();
    let warnings = answer["warnings"].as_array().expect("a list").iter().filter_map(Value::as_str);
    let counts =
        warnings.filter_map(|warning| warning.split("left out were ").nth(1)?.split(' ').next()?.parse::<u64>().ok());
    Ok(Outcome::Read { windows, left_out: counts.sum() })
}

#[test]
fn the_page_takes_and_refuses_as_the_table_says() {
    let place = Place::new();
    let Some(browser) = Browser::start("the_page_takes_and_refuses_as_the_table_says", &place) else { return };
    let collector = Collector::start(&place);
    browser.open(&format!("{}/", collector.api()));
    browser.wait("document.getElementById('inputs') && !document.getElementById('inputs').hidden");
    let _ = browser.run(
        "window.card = (kind) => document.querySelector(`[data-kind=${kind}]`);
        window.said = (kind) => card(kind).querySelector('.status');
        window.give = (kind, name, base64) => {
          const carrier = new DataTransfer();
          carrier.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
          said(kind).textContent = '';
          card(kind).querySelector('input[type=file]').files = carrier.files;
          card(kind).querySelector('input[type=file]').dispatchEvent(new Event('change'));
        };",
    );
    try_all(
        |row| row.page,
        |row| {
            let kind = row.modality;
            let _ = browser.run(&format!("give('{kind}', '{}', '{}');", row.name, BASE64.encode(&row.bytes)));
            browser.wait(&format!("said('{kind}').textContent !== ''"));
            let said = browser.run(&format!("return said('{kind}').textContent;"));
            let refused = browser.run(&format!("return said('{kind}').classList.contains('bad');"));
            match refused == Value::Bool(true) {
                true => Err(said.to_string()),
                false => Ok(row.page),
            }
        },
    );
    // What the page takes comes to the API as it is.
    for kind in ["face", "voice", "heart"] {
        let _ = browser.run(&format!("card('{kind}').querySelector('[aria-label^=Remove]')?.click();"));
    }
    let table = inputs::all().into_iter().find(|row| row.about == "semicolons and decimal commas").expect("a row");
    let _ = browser.run(&format!("give('motion', 'b.csv', '{}');", BASE64.encode(&table.bytes)));
    browser.wait("card('motion').classList.contains('filled')");
    let _ = browser.run("document.querySelector('[type=submit]:not(.button)').click();");
    browser.wait("document.getElementById('result').textContent.includes('What was found')");
}

#[test]
fn one_damaged_item_among_many_is_left_out_and_the_rest_is_read() {
    let place = Place::new();
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    let faces = place.join("faces");
    std::fs::create_dir(&faces).expect("the test's folder can be written");
    let face = media::face();
    for n in 0..20 {
        let whole = if n == 7 { &face[..face.len() / 2] } else { &face };
        std::fs::write(faces.join(format!("{n:02}.jpg")), whole).expect("written");
    }
    std::fs::write(faces.join("._00.jpg"), b"\0\x05\x16\x07").expect("written");
    let out = process::output(features(&agent, "face", &faces).args(["--fps", "2"]));
    assert_eq!(printed(&out), Outcome::Read { windows: 1, left_out: 1 });
    let line: Value = serde_json::from_str(out.lines().next().expect("a record")).expect("JSON");
    assert_eq!((line["expected"].as_u64(), line["received"].as_u64()), (Some(20), Some(19)), "coverage knows it");
    let film = place.join("face.mjpeg");
    let frames: Vec<u8> =
        (0..20).flat_map(|n| if n == 7 { face[..face.len() / 2].to_vec() } else { face.clone() }).collect();
    std::fs::write(&film, frames).expect("written");
    let out = process::output(features(&agent, "face", &film).args(["--fps", "2"]));
    assert_eq!(printed(&out), Outcome::Read { windows: 1, left_out: 1 });
    let voices = place.join("voices");
    std::fs::create_dir(&voices).expect("written");
    for (name, bytes) in [("1.wav", media::speech(10.0)), ("2.wav", b"RIFF".to_vec()), ("3.wav", media::speech(10.0))] {
        std::fs::write(voices.join(name), bytes).expect("written");
    }
    let out = process::output(&mut features(&agent, "voice", &voices));
    assert_eq!(printed(&out), Outcome::Read { windows: 2, left_out: 1 });
}

#[test]
fn no_sensor_is_called_taken_off_between_the_rates_that_it_tells_once_a_minute() {
    let place = Place::new();
    let rates = |minutes: u32| {
        let rows = (0..minutes).map(|n| format!("{},{}\n", 1_700_000_040 + 60 * n, 70 + n % 3));
        "timestamp,hr\n".to_owned() + &rows.collect::<String>()
    };
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    let file = place.join("rates.csv");
    std::fs::write(&file, rates(20)).expect("written");
    let out = process::output(&mut features(&agent, "heart", &file));
    let records: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let seen = |record: &&Value| record["received"].as_u64() > Some(0);
    assert_eq!(records.iter().filter(seen).count(), 20);
    let between: Vec<&Value> = records.iter().filter(|record| !seen(record)).map(|record| &record["gap"]).collect();
    assert!(between.len() >= 90 && between.iter().all(|gap| gap.is_null()), "{between:?}");

    let collector = Collector::start(&place);
    let (status, answer) = posted(&collector, "heart_data", "rates.csv", rates(5).as_bytes());
    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(answer["coverage"]["heart"]["gap"], Value::Null, "{answer:#}");
    let reasons = answer["reasons"].as_array().expect("a list");
    let of_stress =
        reasons.iter().find(|reason| reason["field"] == "stress_level").expect("no stress of a rate a minute");
    assert_eq!(of_stress["modalities"]["heart"]["code"], "not_enough_data", "{answer:#}");
}

#[test]
fn a_film_with_ten_bits_a_colour_is_read_as_one_with_eight() {
    let Some(ffmpeg) = tool_for("a_film_with_ten_bits_a_colour_is_read_as_one_with_eight", "ffmpeg") else { return };
    let place = Place::new();
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    let picture = place.join("face.jpg");
    std::fs::write(&picture, media::face()).expect("written");
    let mut found = Vec::new();
    for (name, format) in [("eight.mkv", "yuv420p"), ("ten.mkv", "yuv420p10le")] {
        let film = place.join(name);
        let mut make = Command::new(&ffmpeg);
        make.args(["-v", "error", "-loop", "1", "-i"]).arg(&picture);
        process::output(make.args(["-t", "3", "-r", "5", "-pix_fmt", format, "-c:v", "ffv1"]).arg(&film));
        let out = process::output(features(&agent, "face", &film).args(["--fps", "5"]));
        let line: Value = serde_json::from_str(out.lines().next().expect("a record")).expect("JSON");
        assert_eq!(line["received"], 15, "{name}: {line:#}");
        let told = ["box_size", "valence", "arousal", "expression_neutral"].map(|name| line["features"][name].as_f64());
        found.push(told.map(|value| value.expect("a face")));
    }
    assert!(found[0].iter().zip(found[1]).all(|(eight, ten)| (eight - ten).abs() < 0.01), "{found:?}");
}

/// Bytes that a picture of 48 megapixels may take over one of a tenth of a megapixel: three times what RECORDINGS.md has measured.
const LARGE_PICTURE: u64 = 64 << 20;

#[test]
fn a_picture_of_48_megapixels_takes_no_more_memory_than_is_stated() {
    let place = Place::new();
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    let large = inputs::photograph(8064, 6048);
    let peak = |name: &str| {
        let mut command = features(&agent, "face", &place.join(name));
        let mut running = Process::start(&mut command, &place.join(format!("{name}.log")));
        let mut peak = 0;
        // Once it has ended it tells nothing.
        while running.is_running() {
            peak = running.peak_memory_if_there().unwrap_or(peak).max(peak);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        running.succeed();
        let log = running.log();
        assert!(log.contains("\"received\":1"), "{name}: {log}");
        peak
    };
    std::fs::write(place.join("small.jpg"), media::face()).expect("written");
    large.save(place.join("large.jpg")).expect("written");
    large.save(place.join("large.png")).expect("written");
    let small = peak("small.jpg");
    for name in ["large.jpg", "large.png"] {
        let more = peak(name).saturating_sub(small);
        attune_tests::left_out::tell(&format!(
            "measured: {name} of 48 megapixels takes {:.0} MB more than a small picture",
            more as f64 / 1e6
        ));
        assert!(more < LARGE_PICTURE, "{name}: {more} bytes more than {small}");
    }
}
