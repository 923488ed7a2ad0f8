//! Bytes to samples, with limits that are checked before the work they limit.

pub mod audio;
pub mod image;
pub mod kind;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::AnalysisError;

/// Runs a decoder of foreign bytes. One that panics has met bytes that its makers did not think of: they are broken. What
/// it worked on must not be used again.
fn guarded<T>(medium: &'static str, decode: impl FnOnce() -> Result<T, AnalysisError>) -> Result<T, AnalysisError> {
    let panicked = |_| Err(AnalysisError::Decode { medium, problem: "the decoder gave up on it".to_owned() });
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_is_an_error() {
        let outcome: Result<(), _> = guarded("sound", || panic!("index out of bounds"));
        assert!(matches!(outcome, Err(AnalysisError::Decode { medium: "sound", .. })));
        assert_eq!(guarded("sound", || Ok(1)).expect("passes"), 1);
    }
}
