/// Where a database is, and where the keys are that open what is sealed in it: `sqlite:` or `postgres:` URLs.
#[derive(Clone, PartialEq, Eq)]
pub struct Urls {
    /// The database.
    pub database: String,
    /// The keys of people. Never the database itself: copies of it would hold them.
    pub keys: String,
}

/// In a URL a password may stand.
impl std::fmt::Debug for Urls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Urls(..)")
    }
}
