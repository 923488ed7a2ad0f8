//! What a message costs on one core.

use std::path::Path;

use attune_analysis::networks::Networks;
use attune_analysis::text::{TextReader, crisis, language, normalise, personal};
use criterion::{Criterion, criterion_group, criterion_main};

const TWENTY: &str = "I told the customer on Monday that the release is late again, and nobody has time to look at it.";

fn models() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"))
}

fn text(c: &mut Criterion) {
    let networks = Networks::load(models()).expect("the project's networks load");
    let reader = TextReader::new(&networks).expect("there is one for text");
    let long = [TWENTY; 10].join(" ");
    assert_eq!((TWENTY.split(' ').count(), long.split(' ').count()), (20, 200));
    c.bench_function("text/5_words", |b| b.iter(|| reader.read("the release is late again")));
    c.bench_function("text/20_words", |b| b.iter(|| reader.read(TWENTY)));
    c.bench_function("text/200_words", |b| b.iter(|| reader.read(&long)));
    c.bench_function("text/20_words_own", |b| b.iter(|| normalise::own_words(TWENTY)));
    c.bench_function("text/20_words_language", |b| b.iter(|| language::of(TWENTY)));
    c.bench_function("text/20_words_crisis", |b| b.iter(|| crisis::look(TWENTY, Some(0.5))));
    c.bench_function("text/20_words_scrubbed", |b| b.iter(|| personal::scrub(TWENTY)));
    c.bench_function("text/load", |b| b.iter(|| TextReader::new(&networks).expect("there is one for text")));
}

criterion_group!(benches, text);
criterion_main!(benches);
