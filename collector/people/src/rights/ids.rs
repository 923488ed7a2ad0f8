//! By what who signs in is found, and the browser that they sign in with.

use attune_ground::store::bytes16;
use attune_protocol::ids::PersonId;

use crate::PeopleError;

/// Somebody who signs in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginId(pub [u8; 16]);

impl LoginId {
    pub(crate) fn random() -> Self {
        Self(PersonId::random().0)
    }

    /// Of what stands in a column.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn of(column: &[u8]) -> Result<Self, PeopleError> {
        Ok(Self(bytes16(column)?))
    }

    /// Under what their key lies: keys are found by 16 random bytes, whoever's they are.
    pub(crate) fn key(self) -> PersonId {
        PersonId(self.0)
    }
}

impl std::fmt::Display for LoginId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.key().fmt(f)
    }
}

impl std::fmt::Debug for LoginId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoginId({self})")
    }
}

impl std::str::FromStr for LoginId {
    type Err = attune_protocol::ProtocolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|PersonId(bytes)| Self(bytes))
    }
}

/// By what a session is found: the hash of what its cookie holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionKey(pub(crate) Vec<u8>);

impl SessionKey {
    /// A short name of it that may stand in a page: nobody signs in with it.
    pub(crate) fn name(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0[..self.0.len().min(8)])
    }
}
