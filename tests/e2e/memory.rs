//! Pictures and sounds leave nothing in the memory of the programs that looked at them.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use attune_analysis::decode::audio::AudioReader;
use attune_analysis::decode::image::{Limits, decode};
use attune_analysis::sample::Timestamp;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::left_out::left_out;
use attune_tests::memory::{found, samples};
use attune_tests::place::Place;
use attune_tests::process::Process;
use attune_tests::{media, recordings, wait};
use data_encoding::BASE64;
use serde_json::json;

/// Samples of each form in which a medium passes through.
const SAMPLES: usize = 300;
/// How long what is done with may lie there: until the connection has ended.
const SOON: Duration = Duration::from_secs(3);
/// How often a body is looked for while its client waits.
const LOOKS: usize = 5;
/// What the agent logs when it has played all.
const OVER: &str = "all recordings have ended";

/// A form with a part of each name.
fn form(parts: [(&str, &[u8]); 2], file: bool) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, content) in parts {
        let file = if file { "; filename=\"f\"" } else { "" };
        form.extend(format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes());
        form.extend(content);
        form.extend(b"\r\n");
    }
    form.extend(b"--x--\r\n");
    form
}

fn sound_as_samples(wav: &[u8]) -> Vec<u8> {
    let mut reader = AudioReader::open(Box::new(std::io::Cursor::new(wav.to_vec())), Some("wav")).expect("a sound");
    let mut bytes = Vec::new();
    while let Some(chunk) = reader.next_chunk(Timestamp(0)).expect("whole") {
        bytes.extend(chunk.samples.iter().flat_map(|sample| sample.to_le_bytes()));
    }
    bytes
}

#[test]
fn what_was_sent_for_analysis_lies_in_no_memory_afterwards_whichever_way_it_was_sent() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let address = collector.api().strip_prefix("http://").expect("a URL").to_owned();
    let (face, sound) = (media::face(), media::speech(10.0));
    let (face_text, sound_text) = (BASE64.encode(&face), BASE64.encode(&sound));
    let pixels = decode(&face, &Limits::default()).expect("a picture").into_raw();
    let in_decoders = [samples(&pixels, SAMPLES), samples(&sound_as_samples(&sound), SAMPLES)].concat();
    let files = [samples(&face, SAMPLES), samples(&sound, SAMPLES)].concat();
    let texts = [samples(face_text.as_bytes(), SAMPLES), samples(sound_text.as_bytes(), SAMPLES)].concat();
    let counts = [files.len(), texts.len(), in_decoders.len()];
    assert!(counts.iter().all(|count| *count > SAMPLES / 2), "{counts:?} samples tell something");
    let everything = [files.clone(), texts.clone(), in_decoders].concat();
    let process = collector.process().id();
    if found(process, &everything).is_none() {
        return left_out("memory", "this system lets nobody look into the collector's memory");
    }

    let json = json!({"face_image": face_text, "audio_data": sound_text}).to_string().into_bytes();
    let of_text = form([("face_image_base64", face_text.as_bytes()), ("audio_base64", sound_text.as_bytes())], false);
    let of_files = form([("face_image", &face), ("audio_data", &sound)], true);
    let broken = form([("face_image", &face[..face.len() / 2]), ("audio_data", &sound)], true);
    let form = "multipart/form-data; boundary=x";
    for (way, path, kind, body, sent, status) in [
        ("JSON", "/api/v1/analyze", "application/json", &json, Some(&texts), "200"),
        ("a form with files", "/api/v1/analyze", form, &of_files, Some(&files), "200"),
        ("a form with base64", "/analyze", form, &of_text, Some(&texts), "200"),
        ("a picture that breaks off", "/api/v1/analyze", form, &broken, Some(&samples(&sound, SAMPLES)), "422"),
        ("an address that takes none", "/api/v1/health", "application/json", &json, None, "405"),
        ("an address that is not there", "/analyse", form, &of_files, None, "404"),
    ] {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        );
        let (most, last) = body.split_at(length - 1);
        let begin = || {
            let mut stream = TcpStream::connect(&address).expect("the collector listens");
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(most)).expect("it listens");
            stream
        };
        // The search finds what is there: of a client that sends nearly all, and then leaves.
        if let Some(sent) = sent {
            wait::until("a body to lie in memory", || {
                let _leaves = begin();
                // A busy machine may not have read all of it when it is looked for first.
                (0..LOOKS).find_map(|_| {
                    std::thread::sleep(Duration::from_millis(200));
                    (found(process, sent).expect("it was looked at before") >= sent.len() - 2).then_some(())
                })
            });
        }
        let mut stream = begin();
        stream.write_all(last).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers, and closes");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{way}: {answer}");
        // As long as a client holds the connection, its buffer holds the end of the body.
        assert!(answer.contains("\r\nconnection: close\r\n"), "{way}: {answer}");
        std::thread::sleep(SOON);
        assert_eq!(found(process, &everything), Some(0), "{way}, of {} samples", everything.len());
    }
}

#[test]
fn what_the_agent_has_played_lies_in_its_memory_no_more() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let read = |name: &str| std::fs::read(recordings::shipped().join(name)).expect("the shipped recording");
    let played = [samples(&read("face.mjpeg"), 3_000), samples(&read("voice.ogg"), 3_000)].concat();
    // Nobody hears it, so it goes on when it has played all.
    agent.reach_over("mqtt://127.0.0.1:1");
    let mut process = agent.run(&recordings::shipped(), &["--speed", "2", "--until-sent"]);
    let Some(_) = found(process.id(), &[]) else {
        return left_out("memory", "this system lets nobody look into the agent's memory");
    };
    let lies_there = |process: &mut Process| {
        assert!(process.is_running(), "the agent ended:\n{}", process.log());
        found(process.id(), &played).expect("it was looked at before")
    };
    wait::until("the recording to be played", || (lies_there(&mut process) > 0).then_some(()));
    wait::until("the recording to be over", || process.log().contains(OVER).then_some(()));
    std::thread::sleep(SOON);
    assert_eq!(lies_there(&mut process), 0, "of {} samples", played.len());
}
