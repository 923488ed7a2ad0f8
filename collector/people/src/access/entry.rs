use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

use super::LEDGER;
use crate::PeopleError;
use crate::accounts::{find_person, same_as};
use crate::rights::{Asker, LoginId, Means, Role};

/// What stands for everybody in the column of the person.
const EVERYBODY: [u8; 16] = [0xff; 16];

/// What stands as the detail of a read that goes on where one before ended.
pub(crate) const GOES_ON: &[u8] = b"goes on";

/// As what a machine stands in the log.
pub(crate) const SERVICE: &str = "service";

/// Who did something, and as what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct By {
    /// Who signed in, or the token of a machine.
    login: Option<[u8; 16]>,
    role: &'static str,
}

impl By {
    /// Whoever has the collector's own machine, by a command there.
    pub const COMMAND: Self = Self { login: None, role: "command" };

    /// The collector itself, which goes on with what was cut short.
    pub const COLLECTOR: Self = Self { login: None, role: "collector" };

    /// Whoever asks; of several roles the one that reaches farthest. None as long as nobody signs in: then there is nobody to name.
    #[must_use]
    pub fn asker(asker: &Asker) -> Option<Self> {
        match asker.means() {
            Means::Open | Means::Nobody => None,
            Means::Login { login, roles, .. } => Some(Self::login(*login, roles)),
            Means::Service(token, _) => Some(Self { login: Some(token.0), role: SERVICE }),
        }
    }

    /// Somebody who has just shown whose account they have; of several roles the one that reaches farthest.
    pub(crate) fn login(login: LoginId, roles: &[Role]) -> Self {
        let role = roles.iter().max().copied().unwrap_or(Role::Employee);
        Self { login: Some(login.0), role: role.name() }
    }
}

/// Of whom something was read, or whom an act is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// Nobody who is sensed.
    Nobody,
    /// This person.
    Person(PersonId),
    /// Everybody, as a list of all is.
    Everybody,
}

impl Of {
    fn column(self) -> Vec<u8> {
        match self {
            Self::Nobody => Vec::new(),
            Self::Person(person) => person.0.to_vec(),
            Self::Everybody => EVERYBODY.to_vec(),
        }
    }

    /// A person, where there is one.
    #[must_use]
    pub fn some(person: Option<PersonId>) -> Self {
        person.map_or(Self::Nobody, Self::Person)
    }
}

/// Acts that weigh, beside reads, which are named by their route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// All of a person was erased.
    Erase,
    /// Somebody who signs in was given other roles.
    SetRoles,
    /// An account was given another address of mail, or none.
    SetMail,
    /// A link was made with which a password is chosen.
    MakeLink,
    /// An account is signed in to with an identity provider from now on.
    LinkProvider,
    /// A passkey is one of an account from now on.
    AddPasskey,
    /// A passkey is none any more.
    RemovePasskey,
    /// Somebody may not sign in any more.
    Disable,
    /// Somebody may sign in again.
    Enable,
    /// An account was made for somebody.
    MakeAccount,
    /// A table of people was taken in.
    Import,
    /// A code was made with which a device of somebody is enrolled.
    MakeCode,
    /// A device of somebody is listened to no more.
    RevokeDevice,
    /// A team was made.
    MakeTeam,
    /// A team was given another name.
    RenameTeam,
    /// A team was closed.
    CloseTeam,
    /// Somebody's place in a team was given, changed or taken back.
    ChangePlace,
    /// A machine was given a token.
    MakeToken,
    /// A machine's token holds no more.
    RevokeToken,
    /// Somebody agreed to have what they write analysed, or agreed anew.
    AgreeToMessages,
    /// Somebody does not agree to that any more.
    WithdrawMessages,
    /// Somebody is known by a name that they have where they write.
    LinkWriter,
    /// A table of HR was given, to be looked at.
    GiveTable,
    /// A table of HR was taken in as it was looked at.
    TakeTable,
    /// A table of HR was taken back, or thrown away before it was taken in.
    UndoTable,
    /// It was asked to look for who is unusual in the tables of HR.
    FindUnusual,
    /// Somebody decided on what was found unusual about a person.
    DecideFlag,
    /// A person objected to what was found unusual about them.
    ObjectToFlag,
    /// A report was made, whose hash is the detail.
    MakeReport,
    /// A report that was made before was taken, whose hash is the detail.
    TakeReport,
    /// Somebody looked into unusual use of what is kept of people.
    AcknowledgeUse,
    /// Somebody is known no more by a name that they have where they write.
    UnlinkWriter,
    /// Somebody of HR wrote a letter to a person.
    WriteLetter,
    /// HR was told that reminders of a person went unanswered.
    TellUnanswered,
    /// Somebody agreed to have what they write in talks read and kept, or agreed anew.
    AgreeToTalks,
    /// Somebody does not agree to that any more.
    WithdrawTalks,
    /// Somebody released a report of a talk, or parts of it.
    ReleaseReport,
    /// Somebody took back what they had released.
    TakeBackReport,
}

impl Act {
    /// All of them.
    #[cfg(test)]
    pub(super) const ALL: [Self; 38] = [
        Self::Erase,
        Self::SetRoles,
        Self::SetMail,
        Self::MakeLink,
        Self::LinkProvider,
        Self::AddPasskey,
        Self::RemovePasskey,
        Self::Disable,
        Self::Enable,
        Self::MakeAccount,
        Self::Import,
        Self::MakeCode,
        Self::RevokeDevice,
        Self::MakeTeam,
        Self::RenameTeam,
        Self::CloseTeam,
        Self::ChangePlace,
        Self::MakeToken,
        Self::RevokeToken,
        Self::AgreeToMessages,
        Self::WithdrawMessages,
        Self::LinkWriter,
        Self::GiveTable,
        Self::TakeTable,
        Self::UndoTable,
        Self::FindUnusual,
        Self::DecideFlag,
        Self::ObjectToFlag,
        Self::MakeReport,
        Self::TakeReport,
        Self::AcknowledgeUse,
        Self::UnlinkWriter,
        Self::WriteLetter,
        Self::TellUnanswered,
        Self::AgreeToTalks,
        Self::WithdrawTalks,
        Self::ReleaseReport,
        Self::TakeBackReport,
    ];

    /// As it stands in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Erase => "erase",
            Self::SetRoles => "set roles",
            Self::SetMail => "set mail",
            Self::MakeLink => "make link",
            Self::LinkProvider => "link provider",
            Self::AddPasskey => "add passkey",
            Self::RemovePasskey => "remove passkey",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::MakeAccount => "make account",
            Self::Import => "import",
            Self::MakeCode => "make code",
            Self::RevokeDevice => "revoke device",
            Self::MakeTeam => "make team",
            Self::RenameTeam => "rename team",
            Self::CloseTeam => "close team",
            Self::ChangePlace => "change place",
            Self::MakeToken => "make token",
            Self::RevokeToken => "revoke token",
            Self::AgreeToMessages => "agree to messages",
            Self::WithdrawMessages => "withdraw messages",
            Self::LinkWriter => "link writer",
            Self::GiveTable => "give table",
            Self::TakeTable => "take in table",
            Self::UndoTable => "take back table",
            Self::FindUnusual => "look for unusual",
            Self::DecideFlag => "decide on flag",
            Self::ObjectToFlag => "object to flag",
            Self::MakeReport => "make report",
            Self::TakeReport => "take report",
            Self::AcknowledgeUse => "acknowledge use",
            Self::UnlinkWriter => "unlink writer",
            Self::WriteLetter => "write letter",
            Self::TellUnanswered => "tell unanswered",
            Self::AgreeToTalks => "agree to talks",
            Self::WithdrawTalks => "withdraw talks",
            Self::ReleaseReport => "release report",
            Self::TakeBackReport => "take back report",
        }
    }
}

/// An entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Its place in the log, from 0 on.
    pub place: i64,
    /// Of whom.
    pub of: Of,
    /// By whom, where somebody had signed in; of a machine the id of its token.
    pub login: Option<[u8; 16]>,
    /// In which role, or `service` or `command`.
    pub role: String,
    /// A route, as the router has it, or the name of an [`Act`].
    pub what: String,
    /// What it is about besides: whose login, the digest of a receipt, or that a read goes on where one before ended.
    pub detail: Vec<u8>,
    /// When, Unix milliseconds.
    pub at: i64,
}

/// Notes an act or a read, in the transaction that does it. Of who may not do it any more nothing is noted, and so nothing is done: a
/// request may have been let in long before its body came.
///
/// # Errors
/// [`PeopleError::NotAnyMore`] for who was disabled or lost the role meanwhile, and when the database refuses.
pub async fn note(transaction: &mut Write, by: &By, what: &str, of: Of, detail: &[u8]) -> Result<(), PeopleError> {
    let login = by.login.map(|login| login.to_vec()).unwrap_or_default();
    // By these somebody takes from themselves what would let them: they are noted when that is gone.
    let ends = what == Act::Erase.name()
        || [Act::Disable, Act::SetRoles].iter().any(|act| what == act.name()) && detail == login;
    let bytes = vec![of.column(), login, detail.to_vec()];
    LEDGER.append(transaction, (bytes, vec![by.role.into(), what.into()], vec![now_millis()])).await?;
    // Behind the lock of the log: who was disabled by an entry before this one is refused, and all of it is taken back.
    if ends { Ok(()) } else { check(transaction, by).await }
}

/// Refuses who may not do what they ask for any more; before anything is changed that could let them.
///
/// # Errors
/// [`PeopleError::NotAnyMore`], and when the database refuses.
pub(crate) async fn check(transaction: &mut Write, by: &By) -> Result<(), PeopleError> {
    match by.login {
        Some(login) if !may_still(transaction, &login, by.role).await? => Err(PeopleError::NotAnyMore),
        _ => Ok(()),
    }
}

async fn may_still(transaction: &mut Write, login: &[u8], role: &str) -> Result<bool, PeopleError> {
    if role == SERVICE {
        let row: Option<(i64,)> = sqlx::query_as(
            "SELECT CAST(1 AS BIGINT) FROM service_tokens \
             WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        )
        .bind(login.to_vec())
        .bind(now_millis())
        .fetch_optional(&mut ***transaction)
        .await?;
        return Ok(row.is_some());
    }
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM logins JOIN login_roles ON login_roles.login = logins.login \
         WHERE logins.login = $1 AND login_roles.role = $2 AND logins.disabled_at IS NULL",
    )
    .bind(login.to_vec())
    .bind(role)
    .fetch_optional(&mut ***transaction)
    .await?;
    Ok(row.is_some())
}

/// Notes that whoever asks is about to read of somebody. What is one's own is read without a note. The entry is durable before
/// anything is answered.
///
/// # Errors
/// When the database refuses; then nothing may be answered.
pub async fn read(store: &Store, asker: &Asker, of: Of) -> Result<(), PeopleError> {
    read_with(store, asker, of, &[]).await
}

/// As [`read`], of one more page of what was read before.
///
/// # Errors
/// When the database refuses; then nothing may be answered.
pub async fn read_on(store: &Store, asker: &Asker, of: Of) -> Result<(), PeopleError> {
    read_with(store, asker, of, GOES_ON).await
}

async fn read_with(store: &Store, asker: &Asker, of: Of, detail: &[u8]) -> Result<(), PeopleError> {
    let Some(by) = By::asker(asker) else { return Ok(()) };
    if let (Of::Person(person), Some(own)) = (of, asker.person())
        && (person == own || same_as(store.pool(), own).await?.contains(&person))
    {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    note(&mut transaction, &by, asker.route(), of, detail).await?;
    transaction.commit().await?;
    Ok(())
}

/// As [`read`], of whoever has a user id, where there is such a person.
///
/// # Errors
/// When the database refuses; then nothing may be answered.
pub async fn read_of_user(store: &Store, keys: &PersonKeys, asker: &Asker, user: &str) -> Result<(), PeopleError> {
    if By::asker(asker).is_none() {
        return Ok(());
    }
    match find_person(store, keys, user).await? {
        Some(person) => read(store, asker, Of::Person(person)).await,
        None => Ok(()),
    }
}

type Row = (i64, Vec<u8>, Vec<u8>, Vec<u8>, String, String, i64);

fn noted((place, person, login, detail, role, what, at): Row) -> Result<Note, PeopleError> {
    let of = match person.as_slice() {
        [] => Of::Nobody,
        column if column == EVERYBODY => Of::Everybody,
        column => Of::Person(PersonId(bytes16(column)?)),
    };
    let login = if login.is_empty() { None } else { Some(bytes16(&login)?) };
    Ok(Note { place, of, login, role, what, detail, at })
}

/// What was read of a person, and of everybody, and what was done about them: the newest first, from before a place in the log.
///
/// # Errors
/// When the database refuses.
pub async fn of_person(store: &Store, person: PersonId, before: i64, limit: i64) -> Result<Vec<Note>, PeopleError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT place, person, login, detail, role, what, at FROM access_log \
         WHERE person IN ($1, $2) AND place < $3 ORDER BY place DESC LIMIT $4",
    )
    .bind(person.0.to_vec())
    .bind(EVERYBODY.to_vec())
    .bind(before)
    .bind(limit)
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(noted).collect()
}

/// All entries, the newest first, from before a place in the log.
///
/// # Errors
/// When the database refuses.
pub async fn newest(store: &Store, before: i64, limit: i64) -> Result<Vec<Note>, PeopleError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT place, person, login, detail, role, what, at FROM access_log \
         WHERE place < $1 ORDER BY place DESC LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(noted).collect()
}

/// Somebody who has power over others' data, or a machine, that stands in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct User {
    /// Who signed in, or the token of a machine.
    pub(crate) login: [u8; 16],
    /// As what.
    pub(crate) role: String,
    /// When the first of their entries was made, Unix milliseconds.
    pub(crate) since: i64,
    /// The place of the first of them.
    pub(crate) place: i64,
}

/// Whoever else than a person for themselves made an entry whose place or instant lies from one number to before another.
async fn users(store: &Store, column: &'static str, (from, until): (i64, i64)) -> Result<Vec<User>, PeopleError> {
    let statement = format!(
        "SELECT login, role, MIN(at), MIN(place) FROM access_log WHERE {column} >= $1 AND {column} < $2 \
         AND role IN ('manager', 'hr', 'privacy_officer', 'admin', 'service') AND LENGTH(login) = 16 GROUP BY login, role"
    );
    let rows: Vec<(Vec<u8>, String, i64, i64)> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(from).bind(until).fetch_all(store.pool()).await?;
    let read = |(login, role, since, place): (Vec<u8>, String, i64, i64)| {
        Ok(User { login: bytes16(&login)?, role, since, place })
    };
    rows.into_iter().map(read).collect()
}

/// Whoever else than a person for themselves made an entry from a place on, and the place behind the last.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn users_since(store: &Store, place: i64) -> Result<(Vec<User>, i64), PeopleError> {
    let (last,): (Option<i64>,) = sqlx::query_as("SELECT MAX(place) FROM access_log").fetch_one(store.pool()).await?;
    let Some(last) = last.filter(|last| *last >= place) else { return Ok((Vec::new(), place)) };
    Ok((users(store, "place", (place, last + 1)).await?, last + 1))
}

/// Whoever else than a person for themselves made an entry before a place of the log that is dated from one instant to before another, Unix
/// milliseconds.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn users_dated(store: &Store, place: i64, dated: (i64, i64)) -> Result<Vec<User>, PeopleError> {
    let mut all = users(store, "at", dated).await?;
    all.retain(|user| user.place < place);
    Ok(all)
}

/// What somebody read and did from one instant to before another, Unix milliseconds, the oldest first; what lies behind the time and the
/// place of an entry.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn by_login(
    store: &Store,
    login: [u8; 16],
    (behind, until): ((i64, i64), i64),
    limit: i64,
) -> Result<Vec<Note>, PeopleError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT place, person, login, detail, role, what, at FROM access_log \
         WHERE login = $1 AND at < $2 AND at >= $3 AND (at > $3 OR place > $4) ORDER BY at, place LIMIT $5",
    )
    .bind(login.to_vec())
    .bind(until)
    .bind(behind.0)
    .bind(behind.1)
    .bind(limit)
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(noted).collect()
}
