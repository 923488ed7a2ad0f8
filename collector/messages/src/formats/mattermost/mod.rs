//! Mattermost: a bulk export, a line of JSON for each thing; and the requests of outgoing webhooks, which are forms or JSON.

mod export;
mod hook;

pub(crate) use export::read;
pub(crate) use hook::posted;
