//! Discord: the package that a person asks for of their own account, and what DiscordChatExporter writes of a channel.

mod dates;
mod exporter;
mod package;
mod table;

pub(crate) use dates::Dates;
pub(crate) use exporter::read as read_export;
pub(crate) use package::read as read_package;
pub(crate) use table::{How, read as read_table};
