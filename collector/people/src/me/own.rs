use attune_ground::http::Problem;
use attune_ground::keys::OwnKeys;
use attune_protocol::ids::PersonId;
use data_encoding::HEXLOWER;

use crate::People;
use crate::accounts::same_as;
use crate::rights::Asker;
use crate::sign_in::LoginId;

/// Bytes of a pseudonym.
const PSEUDONYM: usize = 8;
/// Letters of one in earlier versions: what was asked for under it stays theirs who asked.
pub(super) const EARLIER: usize = 8;

/// Whoever asks for what is their own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Own {
    /// Who signed in.
    pub login: LoginId,
    /// Who is sensed.
    pub person: PersonId,
    /// They, and accounts of earlier versions that are theirs, too.
    pub people: Vec<PersonId>,
}

impl Own {
    /// Of who asks.
    ///
    /// # Errors
    /// 401 where nobody has signed in, 404 for who is nobody who is sensed.
    pub async fn of(people: &People, asker: &Asker) -> Result<Self, Problem> {
        let login = asker.login().ok_or_else(|| {
            Problem::unauthorized(
                "this is for who has signed in: `attune-collector account create` makes the first account",
            )
        })?;
        let person = asker.person().ok_or_else(|| {
            Problem::not_found("your account is of nobody who is sensed, so that nothing of you is kept")
        })?;
        let others = same_as(people.store.pool(), person).await?;
        Ok(Self { login, person, people: [vec![person], others].concat() })
    }

    /// Lets pass who names themselves, by their outside user id or by their pseudonym.
    ///
    /// # Errors
    /// 403 for any other name, whether somebody has it or not.
    pub async fn check_named(&self, people: &People, asker: &Asker, user_id: &str) -> Result<(), Problem> {
        if user_id == pseudonym(&people.own, self.person) {
            return Ok(());
        }
        asker.check_user(&people.store, &people.keys, user_id).await
    }
}

/// How a person is called where nobody is to know who it is: it leads to nobody without the collector's key. Of eight bytes, so that no two
/// of ten million people share one.
#[must_use]
pub fn pseudonym(own: &OwnKeys, person: PersonId) -> String {
    HEXLOWER.encode(&own.tag("pseudonym", &person.0)[..PSEUDONYM])
}
