//! What the components say: every text in one file a language, with its plurals, and numbers and times in words.

mod alerts;
mod contact;
mod hr;
mod messages;
mod number;
mod phrase;
mod reports;
mod talks;
mod teams;
mod text;
mod time;
mod trends;

pub use alerts::{AlertHappenings, AlertLevels, AlertRules, AlertSettings, AlertSupporters, AlertWords};
pub use contact::{ContactTabs, ContactWords, HrLetterWords, LetterWords, NotificationWords, ReminderWords};
pub use hr::{
    HrColumns, HrDataWords, HrDaysWords, HrFiguresWords, HrFlagWords, HrFocusWords, HrMasterWords, HrOwnWords,
    HrReportWords, HrWords,
};
pub use messages::{ChannelWords, CrisisLevels, MessageWords, OwnMessageWords, WriterWords};
pub use number::{bytes, count, decimal, percent, short};
pub use phrase::{Phrase, Plural};
pub use reports::ReportWords;
pub use talks::{
    ChatWords, HelpWords, HrTalkWords, OneTalkWords, OwnTalkWords, SafetyPlanWords, TalkConsentWords, TalkMemoryWords,
    TalkReportWords, TalkTabs, TalkWords,
};
pub use teams::{
    ChannelsOfTeams, ChooseOfTeams, FigureOfTeams, HowOfTeams, ListOfTeams, OneTeam, TeamsWords, ViewsOfTeams,
};
pub use text::{Words, read, words};
pub use time::{Calendar, Moment, date, length, month_of_year, weekdays};
pub use trends::{TrendWords, WrittenWords};
