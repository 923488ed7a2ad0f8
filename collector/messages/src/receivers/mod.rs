//! Programs that hand messages in by themselves: `POST /api/v1/receivers/{name}`.
//!
//! | kind | known by | within |
//! |---|---|---|
//! | `slack` | HMAC-SHA-256 of `v0:`, the time, a colon and the body: `x-slack-signature` and `x-slack-request-timestamp` | five minutes |
//! | `mattermost` | the token in the body: Mattermost signs nothing | a post is known by its id |
//! | `generic` | HMAC-SHA-256 of the time, a dot and the body: `attune-signature: t=..,v1=..`, as alerts of teams are signed | five minutes |
//!
//! | who meets it | what holds |
//! |---|---|
//! | who does not know the secret | the signature is checked on the bytes as they came, in constant time, before anything of them is read |
//! | who has recorded a request | after five minutes it is refused; before, each message is known by the id that it has in its channel |
//! | a platform that sends again | the same: whether it came before decides, and no header |
//! | a platform that changes or deletes a message | the text is replaced and read anew, or the message goes with its scores |

mod generic;
mod heard;
mod route;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use route::answer;
pub(crate) use route::router;
