/// What was found.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Finding {
    /// In order.
    Fine(String),
    /// Worth knowing; perhaps as it is meant to be.
    Note(String),
    /// Wrong, and what to do.
    Wrong(String, String),
}
