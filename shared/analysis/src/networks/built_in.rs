//! The released networks, inside the program: it runs from any folder.

use std::path::Path;

/// A file of `models/` by its path there.
type File = (&'static str, &'static [u8]);

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../../models/", $name)).as_slice())),*]
    };
}

static FILES: [File; 18] = files![
    "manifest.toml",
    "activity.onnx",
    "detector.onnx",
    "expression.onnx",
    "landmarks.onnx",
    "text.onnx",
    "text.pieces",
    "voice_activity.onnx",
    "voice_affect.onnx",
    "voice_affect_own.onnx",
    "cards/activity.md",
    "cards/detector.md",
    "cards/expression.md",
    "cards/landmarks.md",
    "cards/text.md",
    "cards/voice_activity.md",
    "cards/voice_affect.md",
    "cards/voice_affect_own.md",
];

/// The content of a file, if it is inside.
pub(super) fn find(name: &Path) -> Option<&'static [u8]> {
    FILES.iter().find(|(path, _)| Path::new(path) == name).map(|(_, content)| *content)
}
