//! Identifiers: random, meaningless outside this system, printed in lower-case hex.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ProtocolError;

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// A new random identifier from the system's generator.
            ///
            /// # Panics
            /// When the operating system has no randomness to give: nothing safe can be done then.
            #[must_use]
            pub fn random() -> Self {
                let mut bytes = [0; 16];
                getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ProtocolError;

            fn from_str(text: &str) -> Result<Self, ProtocolError> {
                let wrong = ProtocolError::Identifier { expected: "32 hexadecimal digits" };
                let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| wrong)?;
                let wrong = ProtocolError::Identifier { expected: "32 hexadecimal digits" };
                Ok(Self(bytes.try_into().map_err(|_| wrong)?))
            }
        }
    };
}

random_id! {
    /// One installation of the agent.
    DeviceId
}
random_id! {
    /// One person. An outside user id stands only in the collector's accounts table.
    PersonId
}
random_id! {
    /// One fused session at the collector.
    SessionId
}

/// Names one outbox store: drawn at random when the store is made, not when a process starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Epoch(pub u64);

impl Epoch {
    /// A new random epoch. The top bit stays clear, so that it fits a signed 64-bit database column.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        Self(u64::from_le_bytes(bytes) >> 1)
    }
}

/// Counts the items of one epoch, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Seq(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_back_from_its_text() {
        let id = DeviceId::random();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("xyz".parse::<DeviceId>().is_err());
        assert!("00ff".parse::<DeviceId>().is_err());
    }

    #[test]
    fn what_is_drawn_is_new_each_time_and_an_epoch_fits_a_column_of_63_bits() {
        assert_ne!(DeviceId::random(), DeviceId::random());
        let epochs: std::collections::BTreeSet<_> = (0..64).map(|_| Epoch::random()).collect();
        assert_eq!(epochs.len(), 64);
        assert!(epochs.iter().all(|epoch| i64::try_from(epoch.0).is_ok()));
        assert!(epochs.iter().any(|epoch| epoch.0 > u64::MAX >> 4), "they use what there is");
    }
}
