//! What who watches over it sees: how much is kept of whom by a pseudonym, never what; where it lies, why and how long; whether the
//! ledgers hold; what people asked for and until when it is due. Every look at it is noted in the ledger of access.

mod pages;
mod routes;
mod view;

pub(crate) use pages::router as pages;
pub(crate) use routes::{describe, router};
