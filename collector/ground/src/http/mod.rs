//! What the routes of all rooms share: who asks and how often they may, how connections are held and encrypted, how a problem is told, how bodies, paths and
//! queries are taken in.

pub mod body;
mod client;
pub mod document;
pub mod door;
pub mod envelope;
mod guard;
pub mod json;
mod path;
mod problem;
mod proxies;
mod query;
mod rates;
mod request_id;
mod tls;
mod traffic;

pub use client::Client;
pub use guard::{Guard, Name, Refused};
pub use path::Path;
pub use problem::{Panicked, Problem};
pub use proxies::{Contradiction, Network, Proxies};
pub use query::{AnyQuery, Query};
pub use rates::{Rate, Rates};
pub use request_id::RequestId;
pub use tls::{Files, Greeter, Tls};
pub use traffic::{Refusal, Traffic};
