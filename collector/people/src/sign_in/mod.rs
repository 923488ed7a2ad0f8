//! Who signs in, and how.
//!
//! A **login** is somebody who signs in; a person is somebody who is sensed. A login may have a person, and has roles.
//!
//! | table | holds |
//! |---|---|
//! | `logins`, `login_roles` | who signs in: name and mail sealed under a key of their own, found by tags |
//! | `login_totp`, `recovery_codes` | the second factor |
//! | `login_links` | one-time links with which a password is chosen |
//! | `login_sessions` | browsers that are signed in |
//! | `token_families`, `refresh_tokens`, `token_keys` | programs that are signed in |
//! | `outside_subjects`, `outside_sign_ins` | who signs in with an identity provider, and who is about to |
//! | `passkeys`, `passkey_steps` | keys that stand for password and second factor, and questions to them |
//! | `service_tokens` | machines |
//! | `failed_sign_ins`, `known_places` | who guesses is slowed down, and the owner is not |
//!
//! | meets | held by |
//! |---|---|
//! | who has the database | passwords by Argon2id, all else that is shown by its hash only, names sealed |
//! | who guesses passwords | `pace`: slowed down by name and by address, whether there is such a name or not; where the owner signed in before they are not |
//! | who asks whether there is a name | one answer and one Argon2id for names that are there and that are not |
//! | a page elsewhere | the guard of origins, cookies that are `SameSite`, a token in every form |
//! | a stolen refresh token | used twice, it ends the whole family |
//! | a code that was seen | no step of it is taken twice |
//! | who leaves | disabled: sessions and tokens end at once, as each request asks the database |

mod access;
mod address;
mod admins;
mod command;
mod cookie;
mod frame;
mod guessed;
mod held;
mod jwt;
mod links;
mod logins;
mod mailing;
mod names;
mod outside;
mod pace;
pub(crate) mod pages;
mod passkeys;
mod places;
mod ready;
pub(crate) mod routes;
mod secret;
mod service;
mod session;
mod tidy;
mod token_keys;
mod tokens;
mod totp;
mod visit;

pub use crate::password::Unfit;
pub use crate::provider::{Provider, ProviderSettings};
pub use crate::required::{is_required, is_required_over};
pub use crate::rights::{LoginId, SessionKey};
pub use access::{Proof, Signed, authenticate, may_still_ask};
pub(crate) use address::{has_mail, set_mail};
pub(crate) use admins::is_last as is_last_admin;
pub(crate) use command::commands;
pub use cookie::{cookie_name, csrf_of, set_cookie};
pub use frame::{Opened, frame_of, opened};
pub(crate) use guessed::guessed_codes;
pub(crate) use held::HeldSignIns;
pub use links::make_link;
pub(crate) use links::{LINK_MILLIS, make_in as make_link_in};
pub use logins::{Login, NewLogin, Taken, create, disable, enable, find, find_by_name, list, of_person, with_role};
pub(crate) use logins::{
    MadeBy, Unset, disable_in, enable_in, lock as lock_login, made_by, note as note_login, remove, set_roles,
};
pub(crate) use mailing::send as send_mail;
pub use mailing::{forget_alert_mail, forget_told_mail, mail_alert, mail_told};
pub(crate) use names::tag as name_tag;
pub use ready::{Ready, create_ready};
pub(crate) use routes::visit;
pub use service::{ServiceToken, list_services, make_service, revoke_service};
pub(crate) use session::of_key as session_of;
pub use session::{Session, Stage};
pub(crate) use tidy::tidy;
pub use tokens::{Tokens, public_keys};
pub use visit::Visit;

/// How far ahead a time may lie for what was made by now, milliseconds: clocks of several collectors differ. What was made later
/// than that was made while a clock was wrong, and does not hold: it would for too long.
const AHEAD: i64 = 60_000;

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut serde_json::Value) {
    attune_ground::http::document::add_examples(document, include_str!("examples.json"));
}

#[cfg(test)]
mod tests;
