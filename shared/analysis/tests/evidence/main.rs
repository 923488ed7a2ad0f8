//! Made signals of what people and devices really do, and what comes of them. `shared/analysis/EVIDENCE.md` shows the
//! figures, which `cargo test -p attune-analysis --test evidence -- --nocapture` prints.

#![expect(clippy::unwrap_used, reason = "the allowance for tests does not reach their helpers in an integration test")]

mod day;
mod devices;
mod faces;
mod hearts;
mod made;
mod pieces;
mod walks;
