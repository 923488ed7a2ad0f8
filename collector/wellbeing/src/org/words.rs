use attune_pages::words::TeamsWords;

/// What the pages of teams say.
pub(super) fn words() -> &'static TeamsWords {
    &attune_pages::words::words().teams
}
