//! Tables out of text.

use std::io::Cursor;

use super::*;

pub(super) fn origin(text: impl AsRef<[u8]>) -> Origin {
    let bytes: Arc<[u8]> = text.as_ref().into();
    Origin::new(move || Ok(Box::new(Cursor::new(bytes.clone()))), || false)
}

/// All samples, and what was left out on the way.
pub(super) fn all<S>(recording: &Recording<S>) -> (Vec<S>, LeftOut) {
    let mut source = recording.samples().expect("it was opened before");
    let (mut samples, mut left_out) = (Vec::new(), LeftOut::default());
    while let Some(more) = source.next().expect("it was read before") {
        samples.extend(more);
        left_out.add(source.left_out());
    }
    left_out.add(source.left_out());
    (samples, left_out)
}
