use attune_ground::http::Problem;
use attune_ground::keys::OwnKeys;
use attune_protocol::ids::PersonId;

/// By what a thread of letters is found.
pub(crate) type ThreadId = [u8; 16];

/// By what a letter comes once, however often it is sent: whoever sends it draws it by chance.
pub(crate) type Nonce = [u8; 16];

/// The thread that a letter begins. The collectors choose it: of two people who send the same nonce each has their own.
pub(super) fn begun_by(own: &OwnKeys, person: PersonId, nonce: &Nonce) -> ThreadId {
    own.tag("thread of letters", &[person.0, *nonce].concat())
}

/// The id of a thread, as it is written.
pub(crate) fn written(id: &ThreadId) -> String {
    PersonId(*id).to_string()
}

/// The same, read.
///
/// # Errors
/// 404 for what is none.
pub(super) fn read(text: &str) -> Result<ThreadId, Problem> {
    nonce(text).ok_or_else(none)
}

/// What a sender drew, as it is written.
pub(crate) fn nonce(text: &str) -> Option<Nonce> {
    text.parse::<PersonId>().ok().map(|PersonId(nonce)| nonce)
}

pub(super) fn none() -> Problem {
    Problem::not_found("there is no such thread of letters")
}
