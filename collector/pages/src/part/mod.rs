//! Small parts of pages: facts, notices, tabs, codes to photograph, what is folded away, what somebody wrote.

mod facts;
mod fold;
mod notice;
mod qr;
mod tabs;
mod written;

pub use facts::Facts;
pub use fold::Fold;
pub use notice::{Notice, Tone};
pub use qr::Qr;
pub use tabs::Tabs;
pub use written::Written;

#[cfg(test)]
mod tests;
