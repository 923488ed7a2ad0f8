use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{HeartSample, MotionSample};
use attune_analysis::tables::{self, BoxedSamples, Origin, Recording, TableError};
use attune_analysis::wearables::{HeartRateProfile, Wearable};
use attune_protocol::registry::Modality;
use tracing::warn;

use super::clip::{BoxedSource, Clip, Source, wrong};
use crate::stop::Stop;
use crate::{AgentError, given};

/// A recording of an inertial sensor as a table, plain or `.gz`; see `agent/RECORDINGS.md`. With a `wearable`, a `.ble.csv` is
/// read as packets of it.
///
/// # Errors
/// When it does not read, or its columns are not known, or the reading was stopped.
pub(super) fn motion_clip(
    path: &Path,
    wearable: Option<&Arc<Wearable>>,
    stop: &Stop,
) -> Result<Clip<MotionSample>, AgentError> {
    let origin = origin(path, stop);
    let read = match wearable.filter(|_| is_packets(path)) {
        Some(wearable) => tables::wearable_motion(&origin, wearable),
        None => tables::motion(&origin),
    };
    clip(path, Modality::Motion, read)
}

/// A recording of a heart as a table, plain or `.gz`: intervals, rates, or the packets of a strap; see `agent/RECORDINGS.md`.
/// `wearable` describes the packets; where it is not given, any strap of the standard service.
///
/// # Errors
/// When it does not read, or its columns are not known, or the reading was stopped.
pub(super) fn heart_clip(
    path: &Path,
    wearable: Option<&Arc<Wearable>>,
    stop: &Stop,
) -> Result<Clip<HeartSample>, AgentError> {
    let origin = origin(path, stop);
    let strap = match wearable {
        None => Some(HeartRateProfile::standard()),
        // A wearable that gives a rate in each packet, and nothing else, is read with a look ahead.
        Some(wearable) if wearable.usual().count() > 1 => None,
        Some(wearable) => HeartRateProfile::of(wearable),
    };
    let read = match (strap, wearable.filter(|_| is_packets(path))) {
        (None, Some(wearable)) => tables::wearable_heart(&origin, wearable),
        (strap, _) => tables::heart(&origin, &strap.unwrap_or_else(HeartRateProfile::standard)),
    };
    clip(path, Modality::Heart, read)
}

/// Whether a file holds packets, by its name.
fn is_packets(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    name.trim_end_matches(".gz").ends_with(".ble.csv")
}

fn origin(path: &Path, stop: &Stop) -> Origin {
    let (path, stop) = (path.to_owned(), stop.clone());
    Origin::new(move || Ok(Box::new(given::open(&path)?)), move || stop.is_asked())
}

pub(super) fn clip<S: 'static>(
    path: &Path,
    modality: Modality,
    read: Result<Recording<S>, TableError>,
) -> Result<Clip<S>, AgentError> {
    let recording = read.map_err(|error| refused(error, modality, path))?;
    for note in recording.passed_over.iter().chain(&recording.notes) {
        warn!(%modality, path = %path.display(), "{note}");
    }
    let (length, origin, rate) = (recording.length, recording.origin, recording.rate);
    let path = path.to_owned();
    let open = move || {
        let samples = recording.samples().map_err(|error| refused(error, modality, &path))?;
        Ok(Box::new(Rows { samples, modality, path: path.clone() }) as BoxedSource<S>)
    };
    Ok(Clip { length, origin, rate, open: Box::new(open) })
}

fn refused(error: TableError, modality: Modality, path: &Path) -> AgentError {
    match error {
        TableError::Io(io) => AgentError::file("read", path, io),
        TableError::Content(problem) => wrong(modality, path, problem),
        TableError::Stopped => AgentError::Stopped,
    }
}

struct Rows<S> {
    samples: BoxedSamples<S>,
    modality: Modality,
    path: PathBuf,
}

impl<S> Source for Rows<S> {
    type Sample = S;

    fn next(&mut self) -> Result<Option<Vec<S>>, AgentError> {
        self.samples.next().map_err(|error| refused(error, self.modality, &self.path))
    }

    fn left_out(&mut self) -> LeftOut {
        self.samples.left_out()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_not_read_is_told_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("walk.csv");
        let error = || motion_clip(&path, None, &Stop::default()).err().unwrap().to_string();
        assert!(error().contains("walk.csv"), "{}", error());
        std::fs::write(&path, "time_s,rr_ms\n0,800\n").unwrap();
        assert!(error().contains("walk.csv as motion: its header names no acceleration"), "{}", error());
    }

    #[test]
    fn what_is_left_out_of_a_table_is_told_by_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heart.csv");
        std::fs::write(&path, "time_s,hr\n0,72\n1,255\n2,x\n3,72\n").unwrap();
        let clip = heart_clip(&path, None, &Stop::default()).unwrap();
        let mut source = clip.open().unwrap();
        let (mut samples, mut left_out) = (0, LeftOut::default());
        while let Some(more) = source.next().unwrap() {
            samples += more.len();
            left_out.add(source.left_out());
        }
        left_out.add(source.left_out());
        assert_eq!((samples, left_out), (2, LeftOut { no_value: 1, unread: 1, ..LeftOut::default() }));
    }
}
