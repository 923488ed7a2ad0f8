//! The cases of `tests/packets`, and the sessions that they are given to.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use crate::sample::Timestamp;
use crate::wearables::{Decoded, SHIPPED, Session, Uuid, Wearable, hex};

/// When a case begins.
const BEGIN: Timestamp = Timestamp(1_767_261_600_000_000);

pub(super) struct Case {
    pub(super) file: String,
    pub(super) json: Value,
}

impl Case {
    pub(super) fn id(&self) -> String {
        format!("{}/{}", self.file, self.text("id"))
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_default()
    }

    pub(super) fn state(&self, key: &str) -> &str {
        self.json["state"][key].as_str().unwrap_or_default()
    }

    /// Its packets with their arrivals; one a second where it does not say.
    pub(super) fn packets(&self) -> Vec<(Vec<u8>, Timestamp)> {
        let repeated = self.json["repeat_first"].as_u64().unwrap_or(1) as usize;
        let all = self.json["packets"].as_array().unwrap();
        let repeat = |(number, packet)| std::iter::repeat_n(packet, if number == 0 { repeated } else { 1 });
        let all = all.iter().enumerate().flat_map(repeat).enumerate();
        all.map(|(number, packet)| {
            let bytes = match packet["text"].as_str() {
                Some(text) => text.as_bytes().to_vec(),
                None => hex(packet["hex"].as_str().unwrap()).unwrap(),
            };
            (bytes, BEGIN.plus_seconds(packet["at_s"].as_f64().unwrap_or(number as f64)))
        })
        .collect()
    }

    pub(super) fn wearable(&self) -> Arc<Wearable> {
        shipped(match self.file.as_str() {
            "bangle" => "bangle-js",
            "infinitime" => "pinetime-infinitime",
            "movesense" => "movesense",
            "polar-ecg" => "polar-h10",
            "polar-acc" if self.json["state"]["sample_rate_hz"] == 200 => "polar-h10",
            "polar-control" if ["ask-ecg", "ask-stop", "ask-acc-h10"].contains(&self.text("id")) => "polar-h10",
            "polar-control" if self.text("id").contains("ecg") || self.state("asked").contains("ecg") => "polar-h10",
            "polar-acc" | "polar-ppg-ppi" | "polar-control" => "polar-verity-sense",
            _ => "heart-rate-strap",
        })
    }

    /// The streams that were asked for.
    pub(super) fn streams(&self) -> Vec<String> {
        let named = match self.file.as_str() {
            "movesense" => {
                let path = self.json["state"]["subscribed"]["99"].as_str().or(self.json["state"]["path"].as_str());
                match path.unwrap_or("/Meas/Acc/52") {
                    "/Meas/Acc/52" => vec!["acc"],
                    "/Meas/HR" => vec!["heart"],
                    "/Meas/IMU6/104" => vec!["imu6"],
                    "/Meas/ECG/125" => vec!["ecg"],
                    "/Meas/Temp" => vec!["temperature"],
                    other => panic!("{other}"),
                }
            }
            "polar-ecg" => vec!["ecg", "acc"],
            "polar-acc" => vec!["acc"],
            "polar-ppg-ppi" | "polar-control" if !self.state("stream").is_empty() => vec![self.state("stream")],
            "others" => vec!["running"],
            _ => self
                .wearable()
                .usual()
                .map(|stream| stream.name.clone())
                .collect::<Vec<_>>()
                .leak()
                .iter()
                .map(String::as_str)
                .collect(),
        };
        named.into_iter().map(str::to_owned).collect()
    }

    pub(super) fn session(&self) -> Session {
        let mut session = Session::with(self.wearable(), &self.streams());
        if let Some(factor) = self.json["state"]["factor"].as_f64() {
            let control = session.wearable().control.as_ref().unwrap().characteristic;
            let start = [0xf0, 2, 2, 0, 0, 5, 1];
            let reply: Vec<u8> = start.into_iter().chain((factor as f32).to_le_bytes()).collect();
            session.push(control, &reply, BEGIN);
        }
        session
    }

    /// The characteristic; `None` for what is none.
    pub(super) fn characteristic(&self) -> Option<Uuid> {
        let polar = |end: &str| format!("fb005c8{end}-02e7-f387-1cad-8acd2d8df0c8").parse().unwrap();
        match self.json["characteristic"].as_str() {
            Some(named) => named.parse().ok(),
            None => Some(match self.file.as_str() {
                "bangle" => "6e400003-b5a3-f393-e0a9-e50e24dcca9e".parse().unwrap(),
                "movesense" => "34800002-7185-4d5d-b431-630e7050e8f0".parse().unwrap(),
                "polar-control" => polar("1"),
                "polar-ecg" | "polar-acc" | "polar-ppg-ppi" => polar("2"),
                _ => Uuid::short(0x2a37),
            }),
        }
    }

    pub(super) fn run(&self, session: &mut Session) -> Vec<Decoded> {
        let Some(characteristic) = self.characteristic() else { return Vec::new() };
        self.packets().into_iter().map(|(bytes, at)| session.push(characteristic, &bytes, at)).collect()
    }
}

pub(super) fn shipped(name: &str) -> Arc<Wearable> {
    static READ: LazyLock<BTreeMap<&str, Arc<Wearable>>> = LazyLock::new(|| {
        SHIPPED.into_iter().map(|(name, text)| (name, Arc::new(Wearable::parse(text).unwrap()))).collect()
    });
    READ[name].clone()
}

/// All cases.
pub(super) fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packets");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let json: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            for json in json["cases"].as_array().unwrap() {
                cases.push(Case { file: file.clone(), json: json.clone() });
            }
        }
    }
    cases
}
