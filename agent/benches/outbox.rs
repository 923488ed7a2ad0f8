//! How fast records become durable, and how large and fast a batch of them is.

use attune_agent::outbox::{Draft, Limits, Outbox};
use attune_protocol::batch::{Batch, Item};
use attune_protocol::features::Features;
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::sign::KeyPair;
use attune_protocol::window::Window;
use criterion::{Criterion, criterion_group, criterion_main};

fn records(windows: u32) -> Vec<Record> {
    let record = |(window, modality): (u32, Modality)| {
        let mut features = Features::new(modality);
        for (place, spec) in modality.features().iter().enumerate() {
            let fraction = (f64::from(window) * 0.37 + place as f64 * 0.61).sin() * 0.5 + 0.5;
            features.set(spec.ordinal, spec.min + fraction * (spec.max - spec.min));
        }
        let coverage = Coverage { expected: 500, received: 498, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        Record::new(Window(170_000_000 + window), 0.9, coverage, features)
    };
    (0..windows).flat_map(|window| Modality::SENSED.map(|modality| record((window, modality)))).collect()
}

fn append(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let limits = Limits { bytes: 1 << 30, age_millis: i64::MAX };
    let outbox =
        Outbox::open(&folder.path().join("outbox"), SealKey::generate(), 1, limits, 0).expect("a new store opens");
    let drafts: Vec<Draft> = records(1).iter().map(Draft::record).collect();
    c.bench_function("append and flush one window of four modalities", |b| {
        b.iter(|| outbox.append(&drafts, &[], 0).expect("it fits"));
    });
}

fn encode(c: &mut Criterion) {
    let key = KeyPair::generate();
    let items = records(6).iter().zip(0..).map(|(record, n)| Item { seq: Seq(n), bytes: record.encode() }).collect();
    let batch = Batch { device: DeviceId::random(), epoch: Epoch::random(), enrolment: 1, sent_at_millis: 0, items };
    c.bench_function("encode and sign a minute of four modalities", |b| b.iter(|| batch.encode(&key)));
}

criterion_group!(benches, append, encode);
criterion_main!(benches);
