//! A bucket as it lies sealed in the database.

use attune_ground::GroundError;
use attune_protocol::ids::PersonId;
use serde::{Deserialize, Serialize};

use crate::WellbeingError;
use crate::bucket::{Bucket, Span, Sum};

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;

/// Version 1. Never changed: another version stands beside it.
#[derive(Serialize, Deserialize)]
struct BucketV1 {
    expected: i64,
    seen: i64,
    between: Option<(i64, i64)>,
    /// In the order of the measures' numbers.
    sums: Vec<SumV1>,
}

/// Halves of the digits of a [`Sum`]: they are more than any sensor has, and half as many bytes.
#[derive(Serialize, Deserialize)]
struct SumV1 {
    measure: u16,
    count: u32,
    weight: f32,
    mean: f32,
    squares: f32,
    variance: f32,
}

/// Bytes of a bucket: equal ones for equal buckets.
pub(super) fn encode(bucket: &Bucket) -> Vec<u8> {
    let sums = bucket.sums.iter().map(|(measure, sum)| SumV1 {
        measure: *measure,
        count: sum.count,
        weight: sum.weight as f32,
        mean: sum.mean as f32,
        squares: sum.squares as f32,
        variance: sum.variance as f32,
    });
    let Bucket { expected, seen, between, .. } = *bucket;
    let body = BucketV1 { expected, seen, between, sums: sums.collect() };
    postcard::to_extend(&body, vec![VERSION]).expect("a bucket holds numbers only")
}

/// Reads what [`encode`] has written, in whichever version.
pub(super) fn decode(bytes: &[u8]) -> Result<Bucket, WellbeingError> {
    let Some((&VERSION, body)) = bytes.split_first() else {
        return Err(GroundError::Corrupt("a roll-up is of a version that is known here").into());
    };
    let BucketV1 { expected, seen, between, sums } = postcard::from_bytes(body)?;
    let sum = |one: SumV1| {
        let [weight, mean, squares, variance] = [one.weight, one.mean, one.squares, one.variance].map(f64::from);
        (one.measure, Sum { count: one.count, weight, mean, squares, variance })
    };
    Ok(Bucket { expected, seen, between, sums: sums.into_iter().map(sum).collect() })
}

/// What is read of a bucket that was written.
#[cfg(test)]
pub(crate) fn stored_and_read(bucket: &Bucket) -> Bucket {
    decode(&encode(bucket)).expect("what was written reads")
}

/// Under what a roll-up lies sealed: whose it is, and of which piece of time.
pub(crate) fn context(person: PersonId, span: i64, start: i64) -> Vec<u8> {
    [b"rollup".as_slice(), &person.0, &span.to_be_bytes(), &start.to_be_bytes()].concat()
}

/// As [`context`], of a known span.
pub(super) fn context_of(person: PersonId, span: Span, start: i64) -> Vec<u8> {
    context(person, span.number(), start)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A bucket of format version 1. It is read for ever: add the next version's beside it.
    const GOLDEN_V1: &[u8] = &[
        0x01, 0xc0, 0xa9, 0x07, 0x80, 0xf1, 0x04, 0x01, 0x80, 0x90, 0xc5, 0xc3, 0x83, 0x67, 0x80, 0x81, 0xca, 0xc3,
        0x83, 0x67, 0x02, 0x01, 0x04, 0x00, 0x00, 0x20, 0x42, 0x00, 0x00, 0x00, 0x3f, 0x00, 0x00, 0x00, 0x3f, 0x00,
        0x00, 0x80, 0x3e, 0x04, 0xc8, 0x01, 0x00, 0x00, 0x20, 0x42, 0x00, 0x00, 0x80, 0xbe, 0x00, 0x00, 0x00, 0x3f,
        0x00, 0x00, 0x80, 0x3e,
    ];

    fn bucket() -> Bucket {
        let sum = |count, mean| Sum { count, weight: 40.0, mean, squares: 0.5, variance: 0.25 };
        let sums = BTreeMap::from([(1, sum(4, 0.5)), (4, sum(200, -0.25))]);
        Bucket { expected: 60_000, seen: 40_000, between: Some((1_770_000_000_000, 1_770_000_040_000)), sums }
    }

    #[test]
    fn a_bucket_of_format_version_1_still_reads_and_is_written_so() {
        assert_eq!(decode(GOLDEN_V1).expect("reads"), bucket());
        assert_eq!(encode(&bucket()), GOLDEN_V1);
        assert_eq!(decode(&encode(&Bucket::default())).expect("reads"), Bucket::default());
        for damaged in [&[][..], &[9, 0, 0], &GOLDEN_V1[..20]] {
            assert!(decode(damaged).is_err());
        }
    }

    #[test]
    fn what_was_read_is_written_as_it_was() {
        let third = Sum { count: 1, weight: 10.0, mean: 1.0 / 3.0, squares: 1e-9, variance: 0.1 };
        let once = encode(&Bucket { sums: BTreeMap::from([(2, third)]), ..Bucket::default() });
        assert_eq!(encode(&decode(&once).expect("reads")), once);
    }

    #[test]
    fn a_roll_up_opens_as_nothing_else() {
        let (one, other) = (PersonId([1; 16]), PersonId([2; 16]));
        let all = [context(one, 1, 5), context(other, 1, 5), context(one, 2, 5), context(one, 1, 6)];
        for (place, context) in all.iter().enumerate() {
            assert!(!all[..place].contains(context));
        }
    }
}
