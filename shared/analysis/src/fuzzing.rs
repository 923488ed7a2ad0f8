//! What is fuzzed here. `tests/fuzz` holds the seeds, and the programs that go on for longer.

use std::io::{Cursor, Read};
use std::sync::{Arc, LazyLock};

use crate::decode::audio::{AudioLimits, AudioReader};
use crate::decode::image;
use crate::decode::kind::Kind;
use crate::sample::Timestamp;
use crate::tables::{self, Origin, Recording, TableError};
use crate::text::{crisis, language, normalise, personal, pieces::Pieces};
use crate::wearables::{HeartRateProfile, SHIPPED, Session, Uuid, Wearable, header};

/// 2026-01-01 09:00:00 UTC.
const BEGIN: Timestamp = Timestamp(1_767_258_000_000_000);
/// Bytes of a table, unpacked.
const TABLE: u64 = 1 << 20;
/// A picture that is small, and scaled down all the same.
const PICTURE: image::Limits =
    image::Limits { bytes: 1 << 20, side: 2048, pixels: 1 << 20, whole_pixels: 1 << 16, decoded_bytes: 8 << 20 };
const SOUND: AudioLimits = AudioLimits { bytes: 1 << 20, sample_rate: (8_000, 96_000), channels: 8, seconds: 10 };

static PIECES: LazyLock<Pieces> = LazyLock::new(|| {
    let list = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##a\nthe\n##ing\n.\n!\n\u{65e5}\n\u{1f600}";
    Pieces::parse(list).unwrap_or_else(|problem| panic!("{problem}"))
});

static WEARABLES: LazyLock<Vec<Arc<Wearable>>> = LazyLock::new(|| {
    let read = |(name, text): (&str, &str)| Wearable::parse(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
    SHIPPED.into_iter().map(|it| Arc::new(read(it))).collect()
});

/// What a wearable notified, by one of the descriptions that are shipped, which the first byte numbers, or by one that follows it and
/// ends with a zero byte. Of each packet: the place of its characteristic among those that are asked for, milliseconds since the
/// one before, its length, and its bytes.
pub fn wearables(bytes: &[u8]) {
    let Some((&number, rest)) = bytes.split_first() else { return };
    if let Some(wearable) = WEARABLES.get(usize::from(number)) {
        packets(wearable, rest);
        return;
    }
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let Ok(text) = std::str::from_utf8(&rest[..end]) else { return };
    match Wearable::parse(text) {
        Ok(wearable) => packets(&Arc::new(wearable), rest.get(end + 1..).unwrap_or_default()),
        Err(problem) => drop(problem.to_string()),
    }
    if let Ok(strap) = HeartRateProfile::parse(text) {
        let _ = strap.decode(rest.get(end + 1..).unwrap_or_default());
    }
}

fn packets(wearable: &Arc<Wearable>, mut rest: &[u8]) {
    let _ = header(wearable);
    let all: Vec<&str> = wearable.streams.iter().map(|stream| stream.name.as_str()).collect();
    let mut session = Session::with(Arc::clone(wearable), &all);
    // Also what is read of every device, and one that is not known.
    let asked = session.subscriptions().into_iter().map(|it| it.characteristic);
    let characteristics: Vec<Uuid> = asked.chain([0x2a19, 0x2a29, 0x1234].map(Uuid::short)).collect();
    let commands = [session.start(), session.stop()].concat();
    let mut at = BEGIN;
    while let [characteristic, milliseconds, length, behind @ ..] = rest {
        let (packet, next) = behind.split_at(behind.len().min(usize::from(*length)));
        at = at.plus(1000 * i64::from(*milliseconds));
        let decoded = session.push(characteristics[usize::from(*characteristic) % characteristics.len()], packet, at);
        decoded.told.iter().for_each(|told| drop(told.to_string()));
        for command in &commands {
            let _ = command.answered(wearable, packet);
        }
        rest = next;
    }
    let _ = session.silent(at.plus_seconds(3600.0));
}

/// A table, plain or packed: of motion, of heartbeats, and of what a wearable notified.
pub fn recordings(bytes: &[u8]) {
    let table: Arc<[u8]> = bytes.into();
    let open = move || Ok(Box::new(Cursor::new(Arc::clone(&table))) as Box<dyn Read + Send>);
    let origin = Origin::new(open, || false).at_most(TABLE);
    samples(tables::motion(&origin));
    samples(tables::heart(&origin, &HeartRateProfile::standard()));
    let wearable = &WEARABLES[bytes.len() % WEARABLES.len()];
    samples(tables::wearable_motion(&origin, wearable));
    samples(tables::wearable_heart(&origin, wearable));
}

fn samples<S>(recording: Result<Recording<S>, TableError>) {
    let Ok(recording) = recording else { return };
    let Ok(mut samples) = recording.samples() else { return };
    while let Ok(Some(_)) = samples.next() {}
    let _ = samples.left_out();
}

/// A picture or a sound of any kind.
pub fn media(bytes: &[u8]) {
    let _ = Kind::of(bytes).to_string();
    if let Ok(picture) = image::decode(bytes, &PICTURE) {
        // A row and a column that were begun may be there besides.
        let whole = u64::from(picture.width().saturating_sub(1)) * u64::from(picture.height().saturating_sub(1));
        assert!(whole <= PICTURE.whole_pixels, "{} x {}", picture.width(), picture.height());
    }
    let Ok(mut sound) = AudioReader::open_within(Box::new(Cursor::new(bytes.to_vec())), None, &SOUND) else { return };
    let mut read = 0;
    while let Ok(Some(chunk)) = sound.next_chunk(BEGIN) {
        read += chunk.samples.len() as u64;
        assert!(read <= SOUND.seconds * u64::from(sound.sample_rate()), "no more is read than may be");
    }
}

/// What somebody writes, on its way to the network.
pub fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let own = normalise::own_words(&text);
    assert!(!own.contains('\0') && !own.contains("  "), "it is in one form");
    let _ = language::of(&own);
    let pieces = PIECES.encode(&own);
    assert!(pieces.ids.iter().all(|id| *id <= PIECES.last()), "each piece is in the list");
    assert!(pieces.ids.len() == pieces.begins.len() && pieces.whole <= pieces.words);
    let _ = crisis::look(&own, Some(0.9));
    let _ = crisis::look(&text, None);
    let _ = personal::scrub(&text);
}

#[cfg(test)]
#[path = "../../../tests/fuzz/short.rs"]
mod short;

#[test]
fn no_description_and_no_packet_of_a_wearable_does_harm() {
    short::run("wearables", wearables, 3000);
}

#[test]
fn no_table_does_harm() {
    short::run("recordings", recordings, 1000);
}

#[test]
fn no_picture_and_no_sound_does_harm() {
    short::run("media", media, 500);
}

#[test]
fn no_message_does_harm() {
    short::run("text", text, 2000);
}
