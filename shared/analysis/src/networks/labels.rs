//! What the classes are called, in the order in which the analyzers read them. A network that counts them in another order
//! says so with its labels.

/// The seven expressions of FER2013 and FER+.
pub const EXPRESSIONS: [&str; 7] = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
/// The activities.
pub const ACTIVITIES: [&str; 6] = ["lying", "sitting", "standing", "walking", "stairs", "transition"];
/// The emotions that actors play in a voice.
pub const VOICE_EMOTIONS: [&str; 8] = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"];
/// How a message sounds.
pub const TEXT_SENTIMENTS: [&str; 2] = ["negative", "positive"];
/// What a message shows of its writer's feelings.
pub const TEXT_EMOTIONS: [&str; 6] = ["sadness", "joy", "love", "anger", "fear", "surprise"];
/// Whether a message tells of its writer's stress.
pub const TEXT_STRESS: [&str; 2] = ["false", "true"];
/// How lively a voice is: as that of somebody tired, as usual, raised.
pub const VOICE_LEVELS: [&str; 3] = ["low", "neutral", "high"];
