use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Who is at the other end of a request, as the door knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Client {
    /// The address: of the connection, or as a declared proxy tells it.
    pub address: IpAddr,
    /// Whether nobody on the way could read along: TLS up to us, or up to a declared proxy.
    pub secure: bool,
}

impl Client {
    /// Whether it is a program of this machine, as far as can be told.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.address.to_canonical().is_loopback()
    }
}

/// What came in by no door of ours, as in tests, is of this machine.
impl Default for Client {
    fn default() -> Self {
        Self { address: IpAddr::V4(Ipv4Addr::LOCALHOST), secure: false }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}
