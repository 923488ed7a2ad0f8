//! Signing in with an identity provider of the organisation's: OpenID Connect, by a code and with PKCE.
//!
//! | meets | held by |
//! |---|---|
//! | a forged or foreign token | signature by a key of the provider's (none that is shared), `iss`, `aud`, `exp` and `nonce` |
//! | an answer that is shown twice | what leads back is used once |
//! | an answer that is slipped to another browser | it counts together with the cookie of the browser that was led away only |
//! | a code that was seen | PKCE: what redeems it is made anew from a key of the collectors' and lies nowhere |
//! | rights by claims | none are read: a claim finds an account that an administrator made and nobody uses yet, once |
//! | a provider that is slow, down or lies | all that is asked of it has one end, a size, and one answer at a time |

mod started;
mod subjects;

pub(super) use started::{begin, take_back, tidy};
pub(super) use subjects::whose;
