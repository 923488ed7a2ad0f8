//! Where a gap is too long for a window each.

use attune_protocol::registry::Span;
use attune_protocol::window::{WINDOW_SECONDS, Window};

/// Windows in the longest span of any feature: behind so many empty ones nothing is known any more.
const LONGEST_SPAN: u32 = Span::S300.seconds() / WINDOW_SECONDS;

/// Whether so many windows lie from `window`, of which nothing is seen, to the one that is reached, that they are one gap.
pub(super) fn is_long(window: Window, reached: Window) -> bool {
    reached.0.saturating_sub(window.0) > LONGEST_SPAN
}
