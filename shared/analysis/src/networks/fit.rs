//! Whether an entry describes what the code of its task can read.

use super::labels::{
    ACTIVITIES, EXPRESSIONS, TEXT_EMOTIONS, TEXT_SENTIMENTS, TEXT_STRESS, VOICE_EMOTIONS, VOICE_LEVELS,
};
use super::{Entry, Output, Task};

const MAX_INPUT: usize = 1 << 24;
/// Layouts of a detector's outputs, as the manifest names them.
pub(crate) const ROWS: &str = "rows";
pub(crate) const YUNET: &str = "yunet";
pub(crate) const ULTRAFACE: &str = "ultraface";
/// The strides of YuNet's outputs.
pub(crate) const YUNET_STRIDES: [usize; 3] = [8, 16, 32];

/// The strides of UltraFace's maps, and the sides in pixels of the boxes that each cell starts from.
pub(crate) const ULTRAFACE_BOXES: [(usize, &[f64]); 4] =
    [(8, &[10.0, 16.0, 24.0]), (16, &[32.0, 48.0]), (32, &[64.0, 96.0]), (64, &[128.0, 192.0, 256.0])];

/// What a text network's values are divided by before they become probabilities.
pub(crate) const SENTIMENT_TEMPERATURE: &str = "sentiment_temperature";
pub(crate) const EMOTION_TEMPERATURE: &str = "emotion_temperature";
pub(crate) const STRESS_TEMPERATURE: &str = "stress_temperature";
/// The probabilities under which a text network says nothing.
pub(crate) const SENTIMENT_NEUTRAL_BELOW: &str = "sentiment_neutral_below";
pub(crate) const EMOTION_NONE_BELOW: &str = "emotion_none_below";
/// The numbers of a text network, each with the least and the most that it may be.
const TEXT_NUMBERS: [(&str, f64, f64); 5] = [
    (SENTIMENT_TEMPERATURE, 0.01, 100.0),
    (EMOTION_TEMPERATURE, 0.01, 100.0),
    (STRESS_TEMPERATURE, 0.01, 100.0),
    (SENTIMENT_NEUTRAL_BELOW, 0.0, 1.0),
    (EMOTION_NONE_BELOW, 0.0, 1.0),
];

/// What an output should be: its role, and its shape, where `0` stands for any size.
struct Wanted {
    role: String,
    shape: Vec<usize>,
    labels: &'static [&'static str],
}

/// Refuses an entry whose input or outputs the task's code cannot read, with what was expected and found.
pub(super) fn check(entry: &Entry) -> Result<(), String> {
    input(entry)?;
    if entry.outputs.is_empty() {
        return Err("the manifest names no output of it".to_owned());
    }
    for wanted in needed(entry)? {
        let found = entry.outputs.iter().find(|output| output.role() == wanted.role);
        let Some(output) = found else {
            let roles: Vec<_> = entry.outputs.iter().map(Output::role).collect();
            return Err(format!("the {} should have an output for `{}` and has {roles:?}", entry.task, wanted.role));
        };
        fits(output, &wanted)?;
    }
    for wanted in optional(entry.task) {
        if let Some(output) = entry.outputs.iter().find(|output| output.role() == wanted.role) {
            fits(output, &wanted)?;
        }
    }
    if entry.task == Task::Text { text(entry) } else { Ok(()) }
}

/// A text network gives values before any activation: a temperature is fitted to those, and its numbers are needed.
fn text(entry: &Entry) -> Result<(), String> {
    if let Some(output) = entry.outputs.iter().find(|output| output.activation.is_some()) {
        return Err(format!("its output `{}` should be without an activation", output.role()));
    }
    for (key, least, most) in TEXT_NUMBERS {
        match entry.number(key) {
            Some(number) if (least..=most).contains(&number) => {}
            Some(number) => return Err(format!("its {key} should be from {least} to {most} and is {number}")),
            None => return Err(format!("it should have the number {key}")),
        }
    }
    Ok(())
}

/// Refuses a network for [`Task::VoiceAffectOwn`] that does not take the features which that for [`Task::VoiceAffect`]
/// gives.
pub(super) fn check_pair(first: &Entry, second: &Entry) -> Result<(), String> {
    let features = first.outputs.iter().find(|output| output.role() == "features");
    let given = features.and_then(|output| output.shape.last()).copied().unwrap_or_default();
    let taken = second.input.shape.last().copied().unwrap_or_default();
    if given == taken {
        return Ok(());
    }
    Err(format!(
        "the {} takes {taken} features, and the {} in use gives {given}: name two that were trained together",
        second.task, first.task
    ))
}

fn input(entry: &Entry) -> Result<(), String> {
    let wanted = entry.task.input_shape();
    let shape = &entry.input.shape;
    let fits = wanted.is_empty() || matches(wanted, shape);
    if shape.is_empty() || shape.contains(&0) || shape.iter().product::<usize>() > MAX_INPUT || !fits {
        return Err(format!(
            "the manifest gives the {} input the shape {shape:?}, where {} is expected",
            entry.task,
            if wanted.is_empty() { "a fixed shape".to_owned() } else { format!("{wanted:?} (0 = any size)") }
        ));
    }
    if !(entry.input.scale.is_finite() && entry.input.offset.is_finite()) {
        return Err("the scale and the offset of its input should be finite numbers".to_owned());
    }
    Ok(())
}

fn needed(entry: &Entry) -> Result<Vec<Wanted>, String> {
    Ok(match entry.task {
        Task::Detector => return detector(entry),
        Task::Landmarks => vec![plain("points", &[1, 136])],
        Task::Expression => vec![labelled("ferplus", &EXPRESSIONS)],
        Task::Activity => vec![labelled("activity", &ACTIVITIES)],
        Task::VoiceActivity => vec![plain("speech", &[1, 0])],
        Task::VoiceAffect | Task::VoiceAffectOwn => vec![labelled("affect", &VOICE_EMOTIONS)],
        Task::Stress => Vec::new(),
        Task::Text => vec![
            labelled("sentiment", &TEXT_SENTIMENTS),
            labelled("emotion", &TEXT_EMOTIONS),
            labelled("stress", &TEXT_STRESS),
        ],
    })
}

fn optional(task: Task) -> Vec<Wanted> {
    match task {
        Task::Landmarks => vec![plain("eyes_open", &[1, 2])],
        Task::Expression => vec![labelled("fer2013", &EXPRESSIONS), plain("affect", &[1, 2])],
        Task::VoiceAffect => {
            vec![labelled("level", &VOICE_LEVELS), plain("arousal", &[1, 1]), plain("features", &[1, 0])]
        }
        Task::VoiceAffectOwn => vec![labelled("level", &VOICE_LEVELS), plain("arousal", &[1, 1])],
        _ => Vec::new(),
    }
}

fn detector(entry: &Entry) -> Result<Vec<Wanted>, String> {
    let shape = |at: usize| entry.input.shape.get(at).copied().unwrap_or_default();
    let (height, width) = (shape(2), shape(3));
    match entry.layout.as_deref().unwrap_or(ROWS) {
        ROWS => Ok(vec![plain("detections", &[1, 0, 15])]),
        ULTRAFACE => {
            let cells = |stride: usize| height.div_ceil(stride) * width.div_ceil(stride);
            let boxes = ULTRAFACE_BOXES.iter().map(|&(stride, sides)| cells(stride) * sides.len()).sum();
            Ok(vec![plain("scores", &[1, boxes, 2]), plain("boxes", &[1, boxes, 4])])
        }
        YUNET => {
            let per_stride = |stride: usize| {
                let cells = (height / stride) * (width / stride);
                let one = move |kind: &str, values| plain(&format!("{kind}_{stride}"), &[1, cells, values]);
                [one("cls", 1), one("obj", 1), one("bbox", 4), one("kps", 10)]
            };
            if height % 32 != 0 || width % 32 != 0 {
                return Err(format!("its input should have sides that 32 divides and is {width} x {height}"));
            }
            Ok(YUNET_STRIDES.into_iter().flat_map(per_stride).collect())
        }
        other => Err(format!("its layout should be one of {ROWS}, {YUNET} and {ULTRAFACE} and is `{other}`")),
    }
}

fn fits(output: &Output, wanted: &Wanted) -> Result<(), String> {
    if !matches(&wanted.shape, &output.shape) {
        return Err(format!(
            "its output `{}` should have the shape {:?} (0 = any size) and has {:?}",
            wanted.role, wanted.shape, output.shape
        ));
    }
    let known = |label: &String| wanted.labels.contains(&label.as_str());
    let complete = wanted.labels.iter().all(|label| output.labels.iter().any(|other| other == label));
    let named = !wanted.labels.is_empty() && !output.labels.is_empty();
    if named && !(complete && output.labels.iter().all(known)) {
        return Err(format!(
            "the labels of its output `{}` should be {:?} in any order and are {:?}",
            wanted.role, wanted.labels, output.labels
        ));
    }
    Ok(())
}

fn matches(wanted: &[usize], shape: &[usize]) -> bool {
    wanted.len() == shape.len() && wanted.iter().zip(shape).all(|(&wanted, &size)| wanted == 0 || wanted == size)
}

fn plain(role: &str, shape: &[usize]) -> Wanted {
    Wanted { role: role.to_owned(), shape: shape.to_vec(), labels: &[] }
}

fn labelled(role: &str, labels: &'static [&'static str]) -> Wanted {
    Wanted { role: role.to_owned(), shape: vec![1, labels.len()], labels }
}
