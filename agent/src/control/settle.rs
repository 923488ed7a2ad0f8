use std::path::Path;

use super::consent::ConsentBook;
use super::orders::{Orders, prepare};
use crate::{AgentError, files};

/// Writes where they belong the orders that could not be written there, and keeps the space for the next ones.
///
/// # Errors
/// When there is still no space: the orders stay in force where they stand.
pub fn settle(state: &Path) -> Result<(), AgentError> {
    let orders = Orders::standing(state)?;
    if orders != Orders::default() {
        let _held = files::hold(state)?;
        let orders = Orders::standing(state)?;
        if let Some(at) = orders.paused {
            super::paused::write(state, at, None)?;
        }
        let book = ConsentBook::load(state)?;
        if book != ConsentBook::load_file(state)? {
            book.save(state)?;
        }
        Orders::default().replace(state)?;
    }
    prepare(state)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::control::{is_paused, resume};

    #[test]
    fn an_order_is_settled_where_it_belongs_and_can_then_be_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        Orders { paused: Some(Timestamp::UNIX_EPOCH), ..Orders::default() }.give(state).unwrap();
        assert!(is_paused(state));
        settle(state).unwrap();
        assert_eq!(Orders::standing(state).unwrap(), Orders::default());
        assert!(is_paused(state));
        resume(state).unwrap();
        assert!(!is_paused(state));
    }

    #[test]
    fn a_flipped_bit_in_the_space_for_orders_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        prepare(state).unwrap();
        let path = state.join("reserve");
        let whole = std::fs::read(&path).unwrap();
        for (place, bit) in [(0, 0), (70, 7), (4095, 6)] {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << bit;
            std::fs::write(&path, flipped).unwrap();
            assert!(!is_paused(state) && ConsentBook::load(state).is_ok());
        }
    }

    #[test]
    fn an_order_that_does_not_read_stops_everything_and_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        prepare(state).unwrap();
        std::fs::write(state.join("reserve"), "version = 1\npaused = \"20").unwrap();
        assert!(is_paused(state));
        assert!(settle(state).is_err() && resume(state).is_err() && ConsentBook::load(state).is_err());
        assert!(is_paused(state));
    }
}
