//! Small parts of pages: facts, notices, tabs, codes to photograph, what is folded away.

mod facts;
mod fold;
mod notice;
mod qr;
mod tabs;

pub use facts::Facts;
pub use fold::Fold;
pub use notice::{Notice, Tone};
pub use qr::Qr;
pub use tabs::Tabs;

#[cfg(test)]
mod tests;
