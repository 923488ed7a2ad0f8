use attune_analysis::text::Crisis;

/// What was heard in what somebody wrote, as it is stored and told: names, and never words of theirs.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) crisis: Crisis,
    pub(crate) intent: String,
    pub(crate) wants: Option<String>,
    pub(crate) entities: Vec<String>,
    pub(crate) problems: Vec<String>,
    pub(crate) importance: f32,
}
