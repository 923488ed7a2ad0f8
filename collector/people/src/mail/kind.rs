/// What a mail is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A link with which a new password is chosen.
    Reset,
    /// That the password is another one now.
    Changed,
    /// That a passkey was added.
    Passkey,
    /// That an alert waits: neither about whom nor of what.
    Alert,
    /// That use of what is kept of people was unusual: neither whose nor which.
    Use,
    /// That a reminder went unanswered which its person chose.
    Missed,
    /// The same, and that HR is told where the next one goes unanswered, too.
    Last,
    /// To HR: that something waits. Neither of whom nor what.
    Unanswered,
}

/// How long a mailed link can be used, milliseconds.
pub(crate) const LINK_MILLIS: i64 = 60 * 60_000;

impl Kind {
    pub(super) const ALL: [Self; 8] =
        [Self::Reset, Self::Changed, Self::Passkey, Self::Alert, Self::Use, Self::Missed, Self::Last, Self::Unanswered];

    /// As it stands in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Changed => "changed",
            Self::Passkey => "passkey",
            Self::Alert => "alert",
            Self::Use => "use",
            Self::Missed => "missed",
            Self::Last => "last",
            Self::Unanswered => "unanswered",
        }
    }

    /// For how long it is of use, milliseconds: whoever waits for a link asks again.
    pub(crate) const fn life(self) -> i64 {
        match self {
            Self::Reset => 30 * 60_000,
            Self::Changed | Self::Passkey | Self::Alert | Self::Use | Self::Missed | Self::Last | Self::Unanswered => {
                24 * 60 * 60_000
            }
        }
    }

    pub(super) const fn subject(self) -> &'static str {
        match self {
            Self::Reset => "Choose a new password for Attune",
            Self::Changed => "Your password for Attune is another one now",
            Self::Passkey => "A passkey was added to your account of Attune",
            Self::Alert | Self::Unanswered => "Something waits for you in Attune",
            Self::Missed | Self::Last => "A reminder waits for you in Attune",
            Self::Use => "There is something to look at in Attune",
        }
    }

    /// The text, with where the collector is reached; for [`Self::Reset`] with the link.
    pub(super) fn text(self, base: &str, link: Option<&str>) -> String {
        let minutes = LINK_MILLIS / 60_000;
        match self {
            Self::Reset => format!(
                "Somebody, perhaps you, has asked for a new password for your account at\n{base}\n\n\
                 To choose one, open this link within {minutes} minutes. It works once.\n\n{base}/join/{}\n\n\
                 If it was not you, there is nothing to do: your password stays as it is.\n",
                link.unwrap_or_default()
            ),
            Self::Changed => format!(
                "The password of your account at\n{base}\nis another one since a moment ago, and whatever was signed in with the one \
                 before is signed out. Passkeys go on signing in: look at {base}/account/passkeys whether all are yours.\n\n\
                 If it was not you, ask an administrator at once to set your account up anew.\n"
            ),
            Self::Passkey => format!(
                "A passkey was added to your account at\n{base}\na moment ago. It signs in without your password.\n\n\
                 If it was not you, remove it at {base}/account/passkeys, and choose another password.\n"
            ),
            Self::Alert => format!(
                "Something waits for you at\n{base}/alerts\n\n\
                 What it is stands there and in no mail. When and whether you are mailed you choose at {base}/alerts/settings.\n"
            ),
            Self::Use => format!(
                "You watch over how data about people are used. There is something to look at:\n{base}/records/use\n\n\
                 What it is stands there and in no mail.\n"
            ),
            Self::Missed => format!(
                "A reminder that you chose waits for you at\n{base}/notifications\n\n\
                 How often you are reminded, and whether you are mailed, you choose at {base}/me/reminders.\n"
            ),
            Self::Last => format!(
                "A reminder that you chose waits for you at\n{base}/notifications\n\n\
                 Two in a row went unanswered. Where the next one does, too, the personnel department is told that, and nothing else. To have \
                 it not told, answer one, or switch your reminders off at {base}/me/reminders.\n"
            ),
            Self::Unanswered => {
                format!("Something waits for you at\n{base}/hr/letters\n\nWhat it is stands there and in no mail.\n")
            }
        }
    }
}
