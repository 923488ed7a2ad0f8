//! What the classes are called, in the order in which the analyzers read them. A network that counts them in another order
//! says so with its labels.

/// The seven expressions of FER2013 and FER+.
pub const EXPRESSIONS: [&str; 7] = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
/// The activities.
pub const ACTIVITIES: [&str; 6] = ["lying", "sitting", "standing", "walking", "stairs", "transition"];
/// The emotions that actors play in a voice.
pub const VOICE_EMOTIONS: [&str; 8] = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"];
/// How lively a voice is: as that of somebody tired, as usual, raised.
pub const VOICE_LEVELS: [&str; 3] = ["low", "neutral", "high"];
