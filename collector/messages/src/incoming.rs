//! What comes from outside, whichever program wrote it: a message of somebody in a channel, or why one is left out.

/// Where messages are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChannelKind {
    /// Jira.
    Jira,
    /// Any other chat, Mattermost among them.
    Chat,
    /// Meetings.
    Meeting,
    /// Discord.
    Discord,
    /// Slack.
    Slack,
    /// Microsoft Teams.
    Teams,
    /// Mail.
    Email,
}

/// Who wrote a message, as the program that wrote it names people. Any of the names may be known here.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Author {
    /// The platform's own id of them.
    pub id: Option<String>,
    /// A name that they sign in with there.
    pub name: Option<String>,
    /// An address.
    pub email: Option<String>,
    /// A user id of this collector, as whoever hands the message in says. What somebody calls themselves on a platform is none: they could
    /// take another's.
    pub user: Option<String>,
}

/// A message of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming {
    /// Where it was written, as the program names the channel; its id there where it has one, else its name.
    pub channel: String,
    /// What the channel is called.
    pub channel_name: String,
    /// Whether it is between few: a direct message or a closed channel.
    pub private: bool,
    /// By whom.
    pub author: Author,
    /// When, Unix milliseconds.
    pub said_at: i64,
    /// By what it is told from all others of its channel, where it has such an id.
    pub external_ref: Option<String>,
    /// The message that it answers, by its `external_ref`.
    pub reply_to: Option<String>,
    /// Whether it was changed after it was written.
    pub edited: bool,
    /// Its words: marks out, words in, what others said cut.
    pub text: String,
}

/// Why something is no message of a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Skipped {
    /// A program wrote it.
    Bot,
    /// The platform did: somebody joined, a topic was set.
    System,
    /// It was deleted.
    Deleted,
    /// No word is in it.
    Empty,
    /// A file or a picture without words.
    Media,
    /// It was there before.
    Duplicate,
    /// What this collector, or the receiver's own app, wrote.
    Echo,
    /// A machine answered.
    AutoReply,
    /// It could not be delivered.
    Bounce,
    /// An appointment, or an answer to one.
    Calendar,
    /// It can't be read without a key.
    Encrypted,
    /// A draft.
    NotSent,
    /// Spam.
    Spam,
    /// It has no writer.
    NoAuthor,
    /// It has no time that can be.
    NoTime,
    /// It does not read.
    Broken,
}

/// One thing that a file or a request holds, in its order.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "items are handed on one at a time")]
pub enum Item {
    /// A message.
    Taken(Incoming),
    /// What is left out, and where it stands: for people, without a word of it.
    Left(Skipped, String),
}
