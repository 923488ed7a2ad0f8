//! How somebody wants to be told, sealed under the key of who signs in.

use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_people::rights::LoginId;
use attune_people::sign_in::{self, Login};
use attune_protocol::ids::PersonId;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::quiet::{self, DAY, Quiet};
use super::record::{decoded, encoded};
use crate::{Wellbeing, WellbeingError};

/// Whether somebody is mailed. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mail {
    /// No: that one has an alert is nothing that a server of mail needs to know, unless one chooses so.
    Never,
    /// As soon as something calls for it.
    AtOnce,
    /// In the morning, of all that came.
    Daily,
}

impl Mail {
    pub(super) const ALL: [Self; 3] = [Self::Never, Self::AtOnce, Self::Daily];

    const fn number(self) -> u8 {
        match self {
            Self::Never => 0,
            Self::AtOnce => 1,
            Self::Daily => 2,
        }
    }

    /// Its name in forms.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::AtOnce => "at_once",
            Self::Daily => "daily",
        }
    }
}

/// What somebody has chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Choices {
    pub(super) mail: Mail,
    /// In which hours they are told of nothing.
    pub(super) quiet: Option<Quiet>,
}

impl Default for Choices {
    fn default() -> Self {
        Self { mail: Mail::Never, quiet: Some(Quiet { from: 20 * 60, until: 7 * 60 }) }
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    mail: u8,
    quiet: Option<(u16, u16)>,
}

impl Choices {
    fn encode(self) -> Result<Vec<u8>, GroundError> {
        let quiet = self.quiet.map(|quiet| (quiet.from, quiet.until));
        encoded(&Stored { mail: self.mail.number(), quiet })
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let Stored { mail, quiet } = decoded(bytes)?;
        let mail = Mail::ALL.into_iter().find(|one| one.number() == mail)?;
        let quiet = quiet.map(|(from, until)| Quiet { from: from.min(DAY - 1), until: until.min(DAY - 1) });
        Some(Self { mail, quiet })
    }

    /// When somebody who has chosen so is mailed, Unix milliseconds, where they are.
    pub(super) fn mailed_at(self, zone: &TimeZone, now: i64) -> Option<i64> {
        match self.mail {
            Mail::Never => None,
            Mail::AtOnce => Some(quiet::from_now(self.quiet, zone, now)),
            Mail::Daily => Some(quiet::next_morning(self.quiet, zone, now)),
        }
    }
}

/// Who signs in; none where they may not.
pub(super) async fn who(state: &Wellbeing, login: LoginId) -> Result<Option<Login>, WellbeingError> {
    let found = match sign_in::find(state.store(), state.people().keys(), login).await {
        Ok(found) => found,
        Err(error) if error.is_of_the_database() => return Err(error.into()),
        // An account that does not open is nobody's; of whom and what others are told does not end with it.
        Err(_) => None,
    };
    Ok(found.filter(|login| login.disabled_at.is_none()))
}

/// The zone by whose clock somebody who signs in lives: that of the person that they are, or else the organisation's. None where they may
/// not sign in.
pub(super) async fn zone_of(state: &Wellbeing, login: LoginId) -> Result<Option<TimeZone>, WellbeingError> {
    let Some(found) = who(state, login).await? else { return Ok(None) };
    let times = state.people().calendar(found.person).await?;
    Ok(TimeZone::get(times.zone_name()).ok())
}

/// When somebody is mailed of what came just now, Unix milliseconds, where they are.
pub(super) async fn mailed_at(state: &Wellbeing, login: LoginId) -> Result<Option<i64>, WellbeingError> {
    let choices = of(state, login).await?;
    if choices.mail == Mail::Never {
        return Ok(None);
    }
    Ok(zone_of(state, login).await?.and_then(|zone| choices.mailed_at(&zone, now_millis())))
}

fn context(login: LoginId) -> Vec<u8> {
    [b"alert choices".as_slice(), &login.0].concat()
}

/// What somebody has chosen; the usual for who has chosen nothing, and where it does not open.
pub(super) async fn of(state: &Wellbeing, login: LoginId) -> Result<Choices, WellbeingError> {
    Ok(kept(state.store(), state.people().keys(), login).await?.unwrap_or_default())
}

/// What somebody has chosen, by the database and the keys alone; none where they have chosen nothing, and where it does not open.
pub(super) async fn kept(store: &Store, keys: &PersonKeys, login: LoginId) -> Result<Option<Choices>, GroundError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT sealed FROM alert_choices WHERE login = $1")
        .bind(login.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    let key = match keys.of(PersonId(login.0)).await {
        Err(GroundError::Erased | GroundError::Damaged(_)) => return Ok(None),
        key => key?,
    };
    Ok(key.open(&context(login), &sealed).ok().and_then(|plain| Choices::decode(&plain)))
}

/// Chooses. Who is not to be mailed any more is not mailed either of what waits.
pub(super) async fn put(state: &Wellbeing, login: LoginId, choices: Choices) -> Result<(), WellbeingError> {
    let key = state.people().keys().of(PersonId(login.0)).await?;
    let sealed = key.seal(&context(login), &choices.encode()?);
    let mut transaction = state.store().begin().await?;
    if choices.mail == Mail::Never {
        sign_in::forget_alert_mail(&mut transaction, login).await?;
    }
    sqlx::query(
        "INSERT INTO alert_choices (login, sealed) VALUES ($1, $2) ON CONFLICT (login) DO UPDATE SET sealed = excluded.sealed",
    )
    .bind(login.0.to_vec())
    .bind(sealed)
    .execute(&mut **transaction)
    .await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yesterdays_bytes_read_and_nobody_is_mailed_who_has_not_chosen_it() {
        let chosen = Choices { mail: Mail::Daily, quiet: Some(Quiet { from: 1200, until: 420 }) };
        assert_eq!(chosen.encode().expect("writes"), [1, 2, 1, 0xb0, 0x09, 0xa4, 0x03]);
        assert_eq!(Choices::decode(&[1, 2, 1, 0xb0, 0x09, 0xa4, 0x03]), Some(chosen));
        assert_eq!(Choices::decode(&[1, 9, 0]), None);
        let now = 1_773_230_400_000;
        assert_eq!(Choices::default().mailed_at(&TimeZone::UTC, now), None);
        assert_eq!(Choices { mail: Mail::AtOnce, quiet: None }.mailed_at(&TimeZone::UTC, now), Some(now));
    }
}
