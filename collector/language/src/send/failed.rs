//! Why a request gave nothing, or no more. Says nothing of anybody, and nothing that the other side wrote.

use std::time::Duration;

use crate::shape::Fault;

/// Why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// No connection, or a certificate that nobody vouches for. Nothing left.
    #[error("the endpoint cannot be reached")]
    Unreachable,
    /// It took the request and did not begin to answer in time.
    #[error("the endpoint did not begin to answer in time")]
    Silent,
    /// It began and did not go on in time.
    #[error("the endpoint stopped within its answer")]
    Stalled,
    /// It names another address.
    #[error("the endpoint names another address, and no such is followed")]
    Elsewhere,
    /// It says what is wrong, or what it says is.
    #[error("{fault}")]
    Fault {
        /// What.
        fault: Fault,
        /// After how long it wants to be asked again, where it says so.
        after: Option<Duration>,
    },
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Fault { fault, after: None }
    }
}

impl Failed {
    /// Whether the same may be asked again of the same endpoint: only where it surely was not worked on, for who works is paid.
    pub(crate) const fn may_repeat(self) -> bool {
        matches!(self, Self::Unreachable | Self::Fault { fault: Fault::Busy | Fault::Limited, .. })
    }

    /// After how long it wants to be asked again.
    pub(crate) const fn after(self) -> Option<Duration> {
        match self {
            Self::Fault { after, .. } => after,
            _ => None,
        }
    }

    /// Whether it is the endpoint that is at fault, and not this one prompt.
    pub(crate) const fn is_of_endpoint(self) -> bool {
        !matches!(self, Self::Fault { fault: Fault::TooLong, .. })
    }
}
