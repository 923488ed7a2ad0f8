//! The test vectors of `vectors/*.json`, by which another implementation is checked: every case is read, its fields are compared, and
//! writing them gives the same bytes.
//!
//! A case without bytes is given them by `ATTUNE_WRITE_VECTORS=1`; no others are changed. Cases that name a file of `golden/` have
//! theirs there.

use std::fs;
use std::path::{Path, PathBuf};

use attune_protocol::ProtocolError;
use attune_protocol::ack::{Ack, Run};
use attune_protocol::batch::{Batch, Item};
use attune_protocol::collector_key::{CollectorKeyTaken, NewCollectorKey};
use attune_protocol::consent::Consent;
use attune_protocol::digest::Digest;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::features::Features;
use attune_protocol::heartbeat::Heartbeat;
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::login;
use attune_protocol::new_key::{KeyTaken, NewKey};
use attune_protocol::pace::Pace;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Dropped, Record};
use attune_protocol::registry::{Categories, Category, Modality, Ordinal};
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::unknown::Unknown;
use attune_protocol::window::Window;
use attune_protocol::wishes::{Followed, Wishes};
use attune_protocol::withdrawals::Withdrawals;
use data_encoding::HEXLOWER;
use flate2::read::DeflateDecoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Fields that are bytes: hex in a file, an array of numbers to serde.
const BYTES: [&str; 12] = [
    "device",
    "batch",
    "digest",
    "nonce",
    "public_key",
    "collector_key",
    "code_name",
    "former",
    "proof",
    "key",
    "proof_r",
    "proof_s",
];

/// One case of a file.
struct Case {
    whole: Value,
    bytes: Option<Vec<u8>>,
}

impl Case {
    fn name(&self) -> &str {
        self.whole["name"].as_str().expect("a case has a name")
    }

    fn fields(&self) -> &Value {
        &self.whole["fields"]
    }

    fn text(&self, field: &str) -> &str {
        self.whole[field].as_str().expect("text")
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.as_deref().expect("a case has bytes: ATTUNE_WRITE_VECTORS=1 writes those of a new one")
    }

    /// Who signed.
    fn key(&self) -> KeyPair {
        KeyPair::from_secret(&unhex(&self.whole["secret"]).try_into().expect("32 bytes"))
    }

    fn is_only_read(&self) -> bool {
        self.whole["only_read"] == json!(true)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn read_json(file: &str) -> Value {
    let text = fs::read_to_string(folder().join(file)).expect("the file is there");
    serde_json::from_str(&text).expect("JSON")
}

/// The cases of a file. `write` gives the bytes of one that has none.
fn cases(file: &str, write: impl Fn(&Case) -> Vec<u8>) -> Vec<Case> {
    let Value::Array(read) = read_json(file) else { panic!("{file} is a list of cases") };
    let mut cases: Vec<Case> = read.into_iter().map(|whole| Case { bytes: bytes_of(&whole), whole }).collect();
    assert!(!cases.is_empty(), "{file}");
    if std::env::var_os("ATTUNE_WRITE_VECTORS").is_some() && cases.iter().any(|case| case.bytes.is_none()) {
        for case in cases.iter_mut().filter(|case| case.bytes.is_none()) {
            let bytes = write(case);
            case.whole["hex"] = json!(HEXLOWER.encode(&bytes));
            case.bytes = Some(bytes);
        }
        let whole: Vec<&Value> = cases.iter().map(|case| &case.whole).collect();
        let text = serde_json::to_string_pretty(&whole).expect("JSON") + "\n";
        fs::write(folder().join(file), text).expect("written");
    }
    cases
}

/// The cases of a file that has no bytes of its own.
fn plain_cases(file: &str) -> Vec<Value> {
    let Value::Array(read) = read_json(file) else { panic!("{file} is a list of cases") };
    assert!(!read.is_empty(), "{file}");
    read.into_iter().map(|mut case| case["fields"].take()).collect()
}

fn bytes_of(case: &Value) -> Option<Vec<u8>> {
    if let Some(file) = case["golden"].as_str() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
        let text = fs::read_to_string(path).expect("the golden file is there");
        return Some(HEXLOWER.decode(text.trim().as_bytes()).expect("hex"));
    }
    case["hex"].is_string().then(|| unhex(&case["hex"]))
}

fn unhex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().expect("hex is text").as_bytes()).expect("lower-case hex")
}

fn hex(bytes: &[u8]) -> Value {
    json!(HEXLOWER.encode(bytes))
}

fn u64_of(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn u32_of(value: &Value) -> u32 {
    u32::try_from(u64_of(value)).expect("a number of 32 bits")
}

/// A byte that stands for a fraction in [0,1].
fn fraction_of(value: &Value) -> f64 {
    u64_of(value) as f64 / 255.0
}

fn byte_of(fraction: f64) -> u8 {
    (fraction * 255.0).round() as u8
}

fn device_of(value: &Value) -> DeviceId {
    DeviceId(unhex(value).try_into().expect("16 bytes"))
}

/// What a type of the protocol is to serde, with its bytes as hex.
fn to_fields(read: &impl Serialize) -> Value {
    fn turn(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match BYTES.contains(&name.as_str()) {
                        true => *value = hex(&serde_json::from_value::<Vec<u8>>(value.take()).expect("bytes")),
                        false => turn(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(turn),
            _ => {}
        }
    }
    let mut fields = serde_json::to_value(read).expect("JSON");
    turn(&mut fields);
    fields
}

/// The other way.
fn from_fields<T: DeserializeOwned>(fields: &Value) -> T {
    fn turn(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match BYTES.contains(&name.as_str()) {
                        true => *value = json!(unhex(value)),
                        false => turn(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(turn),
            _ => {}
        }
    }
    let mut fields = fields.clone();
    turn(&mut fields);
    serde_json::from_value(fields).expect("the fields of the type")
}

/// Reads every case of a file, and writes it again.
fn both_ways(file: &str, read: impl Fn(&Case) -> Result<Value, ProtocolError>, write: impl Fn(&Case) -> Vec<u8>) {
    for case in cases(file, &write) {
        let name = case.name();
        assert_eq!(read(&case).as_ref(), Ok(case.fields()), "{file}: {name}");
        if !case.is_only_read() {
            assert_eq!(hex(&write(&case)), hex(case.bytes()), "{file}: {name}");
        }
    }
}

fn record_fields(record: &Record) -> Value {
    let withheld: Vec<Category> =
        Category::ALL.into_iter().filter(|category| record.withheld.contains(*category)).collect();
    let values: Vec<(u8, u16)> =
        record.features.iter().map(|(spec, value)| (spec.ordinal.0, spec.to_wire(value))).collect();
    json!({
        "modality": record.modality(),
        "revision": record.revision,
        "consent": record.consent,
        "withheld": withheld,
        "window": record.window.0,
        "quality": byte_of(record.quality),
        "expected": record.coverage.expected,
        "received": record.coverage.received,
        "gap": record.coverage.gap,
        "last_60_s": byte_of(record.coverage.last_60_s),
        "last_300_s": byte_of(record.coverage.last_300_s),
        "values": values,
    })
}

fn record_of(fields: &Value) -> Record {
    let modality: Modality = from_fields(&fields["modality"]);
    let mut features = Features::new(modality);
    let values: Vec<(u8, u16)> = from_fields(&fields["values"]);
    for (ordinal, raw) in values {
        let spec = modality.feature(Ordinal(ordinal)).expect("it is in the registry");
        features.set(spec.ordinal, spec.from_wire(raw));
    }
    let mut withheld = Categories::NONE;
    for category in Category::ALL {
        if fields["withheld"].as_array().expect("a list").contains(&json!(category)) {
            withheld.insert(category);
        }
    }
    let coverage = Coverage {
        expected: u32_of(&fields["expected"]),
        received: u32_of(&fields["received"]),
        last_60_s: fraction_of(&fields["last_60_s"]),
        last_300_s: fraction_of(&fields["last_300_s"]),
        gap: from_fields(&fields["gap"]),
    };
    Record {
        revision: from_fields(&fields["revision"]),
        consent: u32_of(&fields["consent"]),
        withheld,
        window: Window(u32_of(&fields["window"])),
        quality: fraction_of(&fields["quality"]),
        coverage,
        features,
    }
}

#[test]
fn records_are_read_and_written_as_the_vectors_say() {
    both_ways(
        "records.json",
        |case| Record::decode(case.bytes()).map(|record| record_fields(&record)),
        |case| record_of(case.fields()).encode(),
    );
}

#[test]
fn counts_of_dropped_records_and_changes_of_consent_are_read_and_written_as_the_vectors_say() {
    both_ways(
        "dropped.json",
        |case| Dropped::decode(case.bytes()).map(|dropped| to_fields(&dropped)),
        |case| from_fields::<Dropped>(case.fields()).encode(),
    );
    both_ways(
        "consents.json",
        |case| Consent::decode(case.bytes()).map(|consent| to_fields(&consent)),
        |case| from_fields::<Consent>(case.fields()).encode(),
    );
}

fn batch_of(fields: &Value) -> Batch {
    let item = |item: &Value| Item { seq: Seq(u64_of(&item["seq"])), bytes: unhex(&item["bytes"]) };
    Batch {
        device: device_of(&fields["device"]),
        epoch: Epoch(u64_of(&fields["epoch"])),
        enrolment: u32_of(&fields["enrolment"]),
        sent_at_millis: fields["sent_at_millis"].as_i64().expect("a number"),
        items: fields["items"].as_array().expect("a list").iter().map(item).collect(),
    }
}

/// Both parts of a batch of the newest version, before compression.
fn parts(signed: &[u8]) -> [Vec<u8>; 2] {
    type Body = ([u8; 16], u64, u32, i64, (u32, Vec<u8>), (u32, Vec<u8>));
    let message = attune_protocol::sign::split(signed).expect("signed");
    let (.., groups, low): Body = postcard::from_bytes(&message[4..]).expect("a body");
    [groups, low].map(|(len, deflated)| {
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut DeflateDecoder::new(deflated.as_slice()), &mut plain).expect("inflates");
        assert_eq!(plain.len(), len as usize);
        plain
    })
}

/// Compressors may come to other bytes, so what they compress is compared.
#[test]
fn batches_are_read_and_laid_out_as_the_vectors_say() {
    let write = |case: &Case| batch_of(case.fields()).encode(&case.key()).expect("within limits");
    for case in cases("batches.json", write) {
        let (name, fields) = (case.name(), case.fields());
        let read = Batch::decode(case.bytes(), &case.key().public());
        assert_eq!(read, Ok(batch_of(fields)), "{name}");
        let expected = [unhex(&fields["groups"]), unhex(&fields["low"])];
        if !case.is_only_read() {
            assert_eq!(parts(case.bytes()), expected, "{name}");
            assert_eq!(parts(&write(&case)), expected, "{name}");
        }
    }
}

fn ack_fields(ack: &Ack) -> Value {
    let taken: Vec<[u64; 2]> = ack.taken.iter().map(|(first, last)| [first.0, last.0]).collect();
    json!({
        "device": hex(&ack.device.0),
        "epoch": ack.epoch.0,
        "profile": ack.profile.number(),
        "at_millis": ack.at_millis,
        "settled": to_fields(&ack.settled),
        "taken": taken,
        "wants_consent": ack.wants_consent,
    })
}

fn ack_of(fields: &Value) -> Ack {
    let taken: Vec<(u64, u64)> = from_fields(&fields["taken"]);
    Ack {
        device: device_of(&fields["device"]),
        epoch: Epoch(u64_of(&fields["epoch"])),
        profile: Profile::from_number(from_fields(&fields["profile"])),
        at_millis: from_fields(&fields["at_millis"]),
        settled: from_fields::<Vec<Run>>(&fields["settled"]),
        taken: taken.into_iter().map(|(first, last)| (Seq(first), Seq(last))).collect(),
        wants_consent: from_fields(&fields["wants_consent"]),
    }
}

#[test]
fn acknowledgements_are_read_and_written_as_the_vectors_say() {
    both_ways(
        "acks.json",
        |case| Ack::decode(case.bytes(), &case.key().public()).map(|ack| ack_fields(&ack)),
        |case| ack_of(case.fields()).encode(&case.key()),
    );
    both_ways(
        "unknown.json",
        |case| Unknown::decode(case.bytes(), &case.key().public()).map(|unknown| to_fields(&unknown)),
        |case| from_fields::<Unknown>(case.fields()).encode(&case.key()),
    );
}

#[test]
fn what_comes_from_the_browser_is_read_and_written_as_the_vectors_say() {
    let whose = |case: &Case| (device_of(&case.fields()["device"]), u32_of(&case.fields()["enrolment"]));
    both_ways(
        "withdrawals.json",
        |case| {
            let (device, enrolment) = whose(case);
            Withdrawals::decode(case.bytes(), &case.key().public(), device, enrolment).map(|said| to_fields(&said))
        },
        |case| from_fields::<Withdrawals>(case.fields()).encode(&case.key()),
    );
    both_ways(
        "wishes.json",
        |case| {
            let (device, enrolment) = whose(case);
            Wishes::decode(case.bytes(), &case.key().public(), device, enrolment).map(|said| to_fields(&said))
        },
        |case| from_fields::<Wishes>(case.fields()).encode(&case.key()),
    );
    both_ways(
        "followed.json",
        |case| Followed::decode(case.bytes(), &case.key().public(), whose(case).0).map(|said| to_fields(&said)),
        |case| from_fields::<Followed>(case.fields()).encode(&case.key()),
    );
    both_ways(
        "new_keys.json",
        |case| NewKey::decode(case.bytes(), &case.key().public(), whose(case).0).map(|said| to_fields(&said)),
        |case| {
            let next = KeyPair::from_secret(&unhex(&case.whole["next_secret"]).try_into().expect("32 bytes"));
            let (device, enrolment) = whose(case);
            NewKey::new(device, enrolment, &case.key().public(), &next).encode(&case.key())
        },
    );
    both_ways(
        "keys_taken.json",
        |case| KeyTaken::decode(case.bytes(), &case.key().public()).map(|said| to_fields(&said)),
        |case| from_fields::<KeyTaken>(case.fields()).encode(&case.key()),
    );
}

#[test]
fn heartbeats_are_read_and_written_as_the_vectors_say() {
    both_ways(
        "heartbeats.json",
        |case| {
            let device = device_of(&case.fields()["device"]);
            Heartbeat::decode(case.bytes(), &case.key().public(), device).map(|said| to_fields(&said))
        },
        |case| from_fields::<Heartbeat>(case.fields()).encode(&case.key()),
    );
}

#[test]
fn another_key_of_the_collector_is_read_and_written_as_the_vectors_say() {
    let whose = |case: &Case| (device_of(&case.fields()["device"]), u32_of(&case.fields()["enrolment"]));
    both_ways(
        "new_collector_keys.json",
        |case| {
            let (device, enrolment) = whose(case);
            let said = NewCollectorKey::decode(case.bytes(), &case.key().public(), device, enrolment);
            said.map(|said| to_fields(&said))
        },
        |case| {
            let next = KeyPair::from_secret(&unhex(&case.whole["next_secret"]).try_into().expect("32 bytes"));
            let (device, enrolment) = whose(case);
            NewCollectorKey::new(device, enrolment, &case.key().public(), &next).encode(&case.key())
        },
    );
    both_ways(
        "collector_keys_taken.json",
        |case| {
            let said = CollectorKeyTaken::decode(case.bytes(), &case.key().public(), whose(case).0);
            said.map(|said| to_fields(&said))
        },
        |case| from_fields::<CollectorKeyTaken>(case.fields()).encode(&case.key()),
    );
}

#[test]
fn what_is_said_of_the_pace_is_read_and_written_as_the_vectors_say() {
    both_ways(
        "pace.json",
        |case| {
            let device = device_of(&case.fields()["device"]);
            Pace::decode(case.bytes(), &case.key().public(), device).map(|said| to_fields(&said))
        },
        |case| from_fields::<Pace>(case.fields()).encode(&case.key()),
    );
}

#[test]
fn enrolments_are_read_written_and_proved_as_the_vectors_say() {
    both_ways(
        "enrol_requests.json",
        |case| EnrolRequest::decode(case.bytes()).map(|request| to_fields(&request)),
        |case| from_fields::<EnrolRequest>(case.fields()).encode(&case.key()),
    );
    both_ways(
        "enrol_replies.json",
        |case| EnrolReply::decode(case.bytes()).map(|reply| to_fields(&reply)),
        |case| from_fields::<EnrolReply>(case.fields()).encode(&case.key()),
    );
    let requests = cases("enrol_requests.json", |_| unreachable!("they have bytes"));
    let request = |name: &str| {
        let case = requests.iter().find(|case| case.name() == name).expect("a reply names its request");
        EnrolRequest::decode(case.bytes()).expect("reads")
    };
    for case in &requests {
        assert!(request(case.name()).proves(&Code::of(case.text("code"))), "{}", case.name());
    }
    for case in cases("enrol_replies.json", |_| unreachable!("they have bytes")) {
        let reply = EnrolReply::decode(case.bytes()).expect("reads");
        let proves = reply.proves(&Code::of(case.text("code")), &request(case.text("request")));
        assert_eq!(proves, reply.outcome != EnrolOutcome::CodeRefused, "{}", case.name());
    }
}

#[test]
fn codes_digests_and_values_are_as_the_vectors_say() {
    for fields in plain_cases("codes.json") {
        let code = Code::of(fields["code"].as_str().expect("text"));
        assert_eq!((hex(&code.name()), hex(code.key())), (fields["name"].clone(), fields["key"].clone()));
    }
    for fields in plain_cases("logins.json") {
        let key = KeyPair::from_secret(&unhex(&fields["secret"]).try_into().expect("32 bytes"));
        let device = DeviceId(unhex(&fields["device"]).try_into().expect("16 bytes"));
        let collector: PublicKey = unhex(&fields["collector"]).try_into().expect("32 bytes");
        let Some(secret) = fields.get("collector_secret") else {
            assert_eq!(fields["password"], json!(login::signed(device, &key, &collector)));
            continue;
        };
        let own = KeyPair::from_secret(&unhex(secret).try_into().expect("32 bytes"));
        assert_eq!(own.public(), collector);
        let passwords = login::passwords(device, &key, &collector);
        assert_eq!(json!(passwords), json!([fields["agreed"], fields["password"]]));
        assert_eq!(login::agreed(device, &key.public(), &own).as_ref(), passwords.first());
        for password in &passwords {
            assert!(login::proves(password, device, &key.public(), &own));
        }
    }
    for fields in plain_cases("digests.json") {
        let of = |value: &Value| Digest(unhex(value).try_into().expect("16 bytes"));
        let digest = match fields["what"].as_str() {
            Some("item") => Digest::of_item(Seq(u64_of(&fields["seq"])), &unhex(&fields["bytes"])),
            Some("run") => Digest::of_run(fields["of"].as_array().expect("a list").iter().map(of)),
            Some("batch") => Unknown::name_of(&unhex(&fields["bytes"])),
            what => panic!("a digest of {what:?}"),
        };
        assert_eq!(digest, of(&fields["digest"]), "{fields}");
    }
    for fields in plain_cases("values.json") {
        let modality: Modality = from_fields(&fields["modality"]);
        let spec = modality.feature(Ordinal(from_fields(&fields["ordinal"]))).expect("it is in the registry");
        let raw = spec.to_wire(fields["value"].as_f64().expect("a number"));
        assert_eq!(json!(raw), fields["raw"], "{fields}");
        assert_eq!(json!(format!("{:.6}", spec.from_wire(raw))), fields["back"], "{fields}");
    }
}

#[test]
fn every_feature_is_of_the_category_that_the_vectors_say() {
    let mut found = json!({});
    for modality in Modality::ALL {
        for spec in modality.features() {
            let category = json!(spec.category);
            let list = &mut found[modality.name()][category.as_str().expect("a name")];
            if list.is_null() {
                *list = json!([]);
            }
            list.as_array_mut().expect("a list").push(json!(spec.ordinal.0));
        }
    }
    assert_eq!(read_json("categories.json"), found);
}

fn reads(kind: &str, bytes: &[u8], key: &PublicKey) -> Result<(), ProtocolError> {
    match kind {
        "record" => Record::decode(bytes).map(drop),
        "consent" => Consent::decode(bytes).map(drop),
        "batch" => Batch::decode(bytes, key).map(drop),
        "heartbeat" => Heartbeat::decode(bytes, key, DeviceId([7; 16])).map(drop),
        "ack" => Ack::decode(bytes, key).map(drop),
        "enrol_request" => EnrolRequest::decode(bytes).map(drop),
        "enrol_reply" => EnrolReply::decode(bytes).map(drop),
        kind => panic!("{kind} is none that is refused here"),
    }
}

#[test]
fn what_the_vectors_say_is_refused_is_refused_and_why() {
    for case in cases("refused.json", |_| unreachable!("they have bytes")) {
        let key = if case.whole["secret"].is_string() { case.key().public() } else { PublicKey::default() };
        let kind = case.fields()["kind"].as_str().expect("a kind");
        let why = match reads(kind, case.bytes(), &key).expect_err(case.name()) {
            ProtocolError::Truncated { .. } => "truncated",
            ProtocolError::Magic => "magic",
            ProtocolError::Version(_) => "version",
            ProtocolError::Outdated { .. } => "outdated",
            ProtocolError::UnknownKind(_) => "unknown_kind",
            ProtocolError::UnexpectedKind { .. } => "unexpected_kind",
            ProtocolError::Body(_) => "body",
            ProtocolError::Rule { .. } => "rule",
            ProtocolError::TooLarge { .. } => "too_large",
            ProtocolError::Signature => "signature",
            other => panic!("{}: {other}", case.name()),
        };
        assert_eq!(why, case.fields()["why"], "{}", case.name());
    }
}
