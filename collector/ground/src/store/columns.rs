use crate::GroundError;

/// An identifier from its column.
///
/// # Errors
/// When the column does not hold 16 bytes.
pub fn bytes16(column: &[u8]) -> Result<[u8; 16], GroundError> {
    column.try_into().map_err(|_| GroundError::Corrupt("an identifier has 16 bytes"))
}

/// A count as a column. Counts here stay far below 2^63; one that does not is a broken input.
///
/// # Errors
/// When it does not fit.
pub fn to_i64(count: u64) -> Result<i64, GroundError> {
    i64::try_from(count).map_err(|_| GroundError::Corrupt("a count fits 63 bits"))
}

/// A count from its column.
///
/// # Errors
/// When it is negative.
pub fn to_u64(column: i64) -> Result<u64, GroundError> {
    u64::try_from(column).map_err(|_| GroundError::Corrupt("a count is not negative"))
}
