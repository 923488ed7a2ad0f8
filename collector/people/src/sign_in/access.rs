//! Who shows what with a request.

use attune_ground::http::Problem;
use attune_ground::keys::OwnKeys;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;
use axum::http::{HeaderMap, header};

use super::{Session, Stage, cookie, service, session, tokens};
use crate::rights::{Asker, By, Grant, Means, Role, Scope, Who};
use crate::{People, PeopleError};

/// What a request shows.
#[derive(Clone, Debug)]
pub enum Proof {
    /// Nothing.
    Nothing,
    /// Something that does not hold: a token that was forged, revoked or has ended. Its text says what to do.
    Invalid(&'static str),
    /// A person who signed in, and by which roles they ask.
    Signed(Signed),
    /// A machine: the id of its token, and what it may do.
    Service(PersonId, Vec<crate::rights::Permit>),
}

/// A person who signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    means: Means,
    roles: Vec<Role>,
    /// The browser's session, where it is one.
    pub session: Option<Session>,
}

/// What a request shows.
///
/// # Errors
/// When the database refuses.
pub async fn authenticate(
    store: &Store,
    own: &OwnKeys,
    headers: &HeaderMap,
    secure: bool,
) -> Result<Proof, PeopleError> {
    if let Some(line) = headers.get(header::AUTHORIZATION) {
        let text = line.to_str().unwrap_or_default();
        return match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => bearer(store, own, token.trim()).await,
            _ => Ok(Proof::Invalid("the header Authorization must be `Bearer TOKEN`")),
        };
    }
    let Some(cookie) = cookie::session(headers, secure) else { return Ok(Proof::Nothing) };
    let Some(session) = session::find(store, &cookie).await? else { return Ok(Proof::Nothing) };
    let (login, person, role) = (session.login, session.person, session.role);
    // What is one's own stays so whichever role is on.
    let mut roles = vec![role];
    if person.is_some() && role != Role::Employee {
        roles.push(Role::Employee);
    }
    let means = Means::Login { login, person, roles: roles.clone(), session: Some(session.key.clone()) };
    Ok(Proof::Signed(Signed { means, roles, session: Some(session) }))
}

/// Whether who asked with a browser may still ask, in the role in which they did: also while an answer goes on without an end. It counts as
/// no use of the browser. Who asked by other means shows them anew each time.
///
/// # Errors
/// When the database refuses.
pub async fn may_still_ask(people: &People, asker: &Asker) -> Result<bool, PeopleError> {
    match asker.means() {
        Means::Open => Ok(!people.sign_in_required().await?),
        Means::Login { login, roles, session: Some(key), .. } => {
            let session = session::unused(people.store(), key).await?;
            let is_theirs = |session: Session| {
                session.stage == Stage::Done && session.login == *login && roles.first() == Some(&session.role)
            };
            Ok(session.is_some_and(is_theirs))
        }
        Means::Login { session: None, .. } | Means::Service(..) | Means::Nobody => Ok(false),
    }
}

async fn bearer(store: &Store, own: &OwnKeys, token: &str) -> Result<Proof, PeopleError> {
    if token.starts_with(service::PREFIX) {
        return Ok(match service::permits(store, token).await? {
            Some((id, permits)) => Proof::Service(id, permits),
            None => Proof::Invalid(
                "this token of a machine is not known, was revoked or has ended; ask an administrator for another",
            ),
        });
    }
    Ok(match tokens::read(store, own, token).await? {
        Some((login, person, roles)) => {
            let means = Means::Login { login, person, roles: roles.clone(), session: None };
            Proof::Signed(Signed { means, roles, session: None })
        }
        None => {
            Proof::Invalid("this access token does not hold (any more): get another with the refresh token, or sign in")
        }
    })
}

impl Proof {
    /// Whose requests are counted together: an account, or a machine. None of who shows nothing that holds.
    #[must_use]
    pub fn account(&self) -> Option<[u8; 16]> {
        match self {
            Self::Nothing | Self::Invalid(_) => None,
            Self::Signed(Signed { means: Means::Login { login, .. }, .. }) => Some(login.0),
            Self::Signed(_) => None,
            Self::Service(id, _) => Some(id.0),
        }
    }

    /// Whether who shows this may ask for a route, by what means and of whom.
    ///
    /// # Errors
    /// 401 where signing in would help, 403 where it would not.
    pub fn admit(&self, who: Who) -> Result<(Means, Scope), Problem> {
        match (who, self) {
            // Also who shows something that does not hold: it is for anybody.
            (Who::Anyone, Self::Signed(signed)) if signed.is_done() => Ok((signed.means.clone(), Scope::Own)),
            (Who::Anyone, Self::Service(id, permits)) => Ok((Means::Service(*id, permits.clone()), Scope::Own)),
            (Who::Anyone, _) => Ok((Means::Nobody, Scope::Own)),
            (_, Self::Nothing) => {
                Err(Problem::unauthorized("sign in first: POST /api/v1/auth/token, or /sign-in in a browser"))
            }
            (_, Self::Invalid(why)) => Err(Problem::unauthorized(*why)),
            (Who::SigningIn, Self::Signed(signed)) => Ok((signed.means.clone(), Scope::Own)),
            (_, Self::Signed(signed)) if !signed.is_done() => {
                Err(Problem::unauthorized("something is left to show before you are signed in: go on at /sign-in"))
            }
            (Who::SignedIn, Self::Signed(signed)) => Ok((signed.means.clone(), Scope::Own)),
            (Who::SigningIn | Who::SignedIn, Self::Service(..)) => {
                Err(Problem::forbidden("this is for people; a machine has nothing of its own here"))
            }
            (Who::Granted(grants), Self::Signed(signed)) => {
                let by = |grant: &&Grant| matches!(grant.by, By::Role(role) if signed.roles.contains(&role));
                match widest(grants.iter().filter(by)) {
                    Some(scope) => Ok((signed.means.clone(), scope)),
                    None => Err(Problem::forbidden(format!("this is for {}{}", whom(grants), signed.advice()))),
                }
            }
            (Who::Granted(grants), Self::Service(id, permits)) => {
                let by = |grant: &&Grant| matches!(grant.by, By::Permit(permit) if permits.contains(&permit));
                match widest(grants.iter().filter(by)) {
                    Some(scope) => Ok((Means::Service(*id, permits.clone()), scope)),
                    None => {
                        Err(Problem::forbidden(format!("this token does not permit it; it is for {}", whom(grants))))
                    }
                }
            }
        }
    }
}

impl Signed {
    /// What who signed in with a browser can do about a role that is not on.
    fn advice(&self) -> &'static str {
        match self.session {
            Some(_) => "; if you have it, change your role in the menu of your account",
            None => "",
        }
    }

    /// Whether nothing is left to show.
    fn is_done(&self) -> bool {
        self.session.as_ref().is_none_or(|session| session.stage == Stage::Done)
    }
}

fn widest<'a>(grants: impl Iterator<Item = &'a Grant>) -> Option<Scope> {
    grants.map(|grant| grant.scope).max()
}

/// Who may, in words.
fn whom(grants: &[Grant]) -> String {
    let words = grants.iter().map(|grant| match grant.by {
        By::Role(role) => match grant.scope {
            Scope::All => format!("the role {}", role.words()),
            scope => format!("the role {} ({})", role.words(), scope.words()),
        },
        By::Permit(permit) => format!("machines with the permit {}", permit.name()),
    });
    words.collect::<Vec<_>>().join(", ")
}
