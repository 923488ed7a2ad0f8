use attune_ground::http::Problem;

/// Why a component could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// A drawing could not be turned into pixels.
    #[error("draw the picture: {0}")]
    Picture(String),
}

/// The cause is logged, and not told to the caller.
impl From<PagesError> for Problem {
    fn from(error: PagesError) -> Self {
        Self::internal(&error)
    }
}
