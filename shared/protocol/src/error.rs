use crate::kind::Kind;

/// Why bytes from outside were not accepted. Never carries the bytes themselves.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProtocolError {
    /// Fewer bytes than the smallest envelope.
    #[error("read an envelope: {got} bytes are fewer than the {needed} it needs")]
    Truncated {
        /// Bytes given.
        got: usize,
        /// Bytes needed.
        needed: usize,
    },
    /// The first two bytes are not `AT`.
    #[error("read an envelope: it does not begin with the magic bytes")]
    Magic,
    /// A format version that this build does not read.
    #[error("read an envelope: format version {0} is unknown here")]
    Version(u8),
    /// A format version that proves too little to be taken any more.
    #[error("read an envelope: version {version} of {kind:?} is no longer taken; bring the sender up to date")]
    Outdated {
        /// What it is.
        kind: Kind,
        /// Its format version.
        version: u8,
    },
    /// A kind byte that this build does not read.
    #[error("read an envelope: kind {0} is unknown here")]
    UnknownKind(u8),
    /// A known kind, but not the one expected in this place.
    #[error("read an envelope: expected {expected:?} and found {found:?}")]
    UnexpectedKind {
        /// What the place asks for.
        expected: Kind,
        /// What the header says.
        found: Kind,
    },
    /// The body does not decode as its kind says.
    #[error("decode a {0:?} body")]
    Body(Kind),
    /// The body decodes but breaks a rule of its kind.
    #[error("accept a {kind:?} body: {rule}")]
    Rule {
        /// The kind of the body.
        kind: Kind,
        /// The rule that is broken.
        rule: &'static str,
    },
    /// A size limit, checked before the work it limits.
    #[error("accept {what}: {got} is over the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        got: usize,
        /// The most that is accepted.
        limit: usize,
    },
    /// The signature does not verify under the key of the one who is said to have signed.
    #[error("verify a signature")]
    Signature,
    /// A public key that is no point of the curve.
    #[error("read a public key")]
    PublicKey,
    /// Sealed bytes do not open under this key and context.
    #[error("open sealed bytes: wrong key, wrong context or damaged")]
    Sealed,
    /// An identifier in text form that does not parse.
    #[error("read an identifier: expected {expected}")]
    Identifier {
        /// What a right one looks like.
        expected: &'static str,
    },
}
