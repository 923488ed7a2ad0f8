//! One sound and one picture, as different programs would write them.

use std::path::Path;
use std::process::Command;

use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::media;
use attune_tests::place::Place;
use attune_tests::process;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::PATH;

#[test]
fn every_format_of_sound_reads_the_same_but_for_what_its_coding_loses() {
    let Some(ffmpeg) = tool_for("every format of sound reads the same", "ffmpeg") else { return };
    let place = Place::new();
    let collector = Collector::start(&place);
    let sound = place.join("sound.wav");
    std::fs::write(&sound, media::speech(9.0)).expect("the test's folder can be written");
    let read = |bytes: &[u8]| feature(&collector, "audio_data", bytes, "voice", "f0_semitone_mean");
    let whole = read(&std::fs::read(&sound).expect("it was written")).expect("it is speech");
    let formats: [(&str, &[&str], f64); 5] = [
        ("flac", &[], 1e-9),
        ("mp3", &["-b:a", "128k"], 0.3),
        ("ogg", &["-c:a", "libvorbis", "-q:a", "6"], 0.3),
        ("m4a", &["-c:a", "aac", "-b:a", "128k"], 0.3),
        ("aac", &["-c:a", "aac", "-b:a", "128k"], 0.3),
    ];
    for (name, options, semitones) in formats {
        let found = read(&made(&ffmpeg, &sound, options, &place.join(format!("sound.{name}"))));
        assert!(found.is_some_and(|f0| (f0 - whole).abs() <= semitones), "{name}: {found:?}, as WAV {whole}");
    }
}

#[test]
fn every_format_of_picture_reads_the_same_and_is_turned_upright_as_it_says() {
    let Some(ffmpeg) = tool_for("every format of picture reads the same", "ffmpeg") else { return };
    let place = Place::new();
    let collector = Collector::start(&place);
    let picture = place.join("face.jpg");
    std::fs::write(&picture, media::face()).expect("the test's folder can be written");
    let read = |bytes: &[u8]| feature(&collector, "face_image", bytes, "face", "box_size");
    let whole = read(&media::face()).expect("a face");
    for (name, options) in [("png", &[] as &[&str]), ("webp", &["-c:v", "libwebp", "-lossless", "1"])] {
        let found = read(&made(&ffmpeg, &picture, options, &place.join(format!("face.{name}"))));
        assert!(found.is_some_and(|size| (size - whole).abs() < 0.02), "{name}: {found:?}, as JPEG {whole}");
    }
    let turn = ["-vf", "transpose=cclock", "-q:v", "1"];
    let turned = made(&ffmpeg, &picture, &turn, &place.join("turned.jpg"));
    let on_its_side = read(&turned);
    assert!(on_its_side.is_none_or(|size| (size - whole).abs() > 0.1), "{on_its_side:?} says nothing of {whole}");
    let found = read(&to_be_turned_clockwise(&turned));
    assert!(found.is_some_and(|size| (size - whole).abs() < 0.05), "turned: {found:?}, upright {whole}");
}

/// A feature of one modality in the answer to one file; none where it is not in the record.
fn feature(collector: &Collector, field: &str, bytes: &[u8], modality: &str, name: &str) -> Option<f64> {
    let (status, answer) = api::post(collector.api(), PATH, &json!({ field: BASE64.encode(bytes) }));
    assert_eq!(status, 200, "{answer:#}");
    let records = answer["records"].as_array().expect("a list");
    let record: &Value = records.iter().find(|record| record["modality"] == modality)?;
    record["features"][name].as_f64()
}

fn made(ffmpeg: &Path, from: &Path, options: &[&str], to: &Path) -> Vec<u8> {
    let mut convert = Command::new(ffmpeg);
    convert.args(["-v", "error", "-i"]).arg(from).args(options).arg(to);
    process::output(&mut convert);
    std::fs::read(to).expect("ffmpeg wrote it")
}

/// A JPEG with EXIF orientation 6: the camera was held on its side, the viewer turns it clockwise.
fn to_be_turned_clockwise(jpeg: &[u8]) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01".to_vec();
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}
