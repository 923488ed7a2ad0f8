//! Which programs' files are read.

use clap::ValueEnum;

use crate::incoming::ChannelKind;

/// What wrote a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Kind {
    /// An export of a Slack workspace, a ZIP.
    Slack,
    /// The package of a Discord account, a ZIP, or what DiscordChatExporter wrote, JSON or CSV.
    Discord,
    /// A bulk export of Mattermost, JSONL.
    Mattermost,
    /// A mailbox, mbox, or one mail.
    Mail,
    /// Messages as Microsoft Graph gives them, JSON.
    Teams,
    /// Issues with comments as Jira gives them, JSON.
    Jira,
}

impl Kind {
    /// Of which kind its channels are.
    pub(super) const fn channels(self) -> ChannelKind {
        match self {
            Self::Slack => ChannelKind::Slack,
            Self::Discord => ChannelKind::Discord,
            Self::Mattermost => ChannelKind::Chat,
            Self::Mail => ChannelKind::Email,
            Self::Teams => ChannelKind::Teams,
            Self::Jira => ChannelKind::Jira,
        }
    }
}
