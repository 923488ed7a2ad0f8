use std::sync::Arc;

use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{LoginId, Permit, Role, Scope, SessionKey};
use crate::PeopleError;
use crate::accounts;

/// Who asks, as far as it is known, and of whom they may ask here. Whoever answers takes it from the request, where the
/// program has put it once the table of rights let it pass.
#[derive(Clone, Debug)]
pub struct Asker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    means: Means,
    scope: Scope,
    route: String,
}

/// By what means somebody asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Means {
    /// Nobody can sign in here yet, so everybody on this machine asks for everything, as nothing.
    Open,
    /// A route that is for anybody.
    Nobody,
    /// A person who signed in, with a browser or with a token.
    Login {
        /// Who signed in.
        login: LoginId,
        /// Who is sensed, where it is somebody.
        person: Option<PersonId>,
        /// By which roles they ask.
        roles: Vec<Role>,
        /// The browser's session, where it is one.
        session: Option<SessionKey>,
    },
    /// A machine: the id of its token, and what that permits.
    Service(PersonId, Vec<Permit>),
}

impl Asker {
    /// Who asks, and of whom they may ask here.
    #[must_use]
    pub fn new(means: Means, scope: Scope) -> Self {
        Self(Arc::new(Inner { means, scope, route: String::new() }))
    }

    /// At a route, as the router has it.
    #[must_use]
    pub fn at(self, method: &str, path: &str) -> Self {
        let Inner { means, scope, .. } = &*self.0;
        Self(Arc::new(Inner { means: means.clone(), scope: *scope, route: format!("{method} {path}") }))
    }

    /// The route that is asked for, as the router has it; empty where that is not known.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.0.route
    }

    /// Everybody on this machine, as long as nobody can sign in.
    #[must_use]
    pub fn open() -> Self {
        Self::new(Means::Open, Scope::All)
    }

    /// By what means.
    #[must_use]
    pub fn means(&self) -> &Means {
        &self.0.means
    }

    /// Who signed in.
    #[must_use]
    pub fn login(&self) -> Option<LoginId> {
        match &self.0.means {
            Means::Login { login, .. } => Some(*login),
            _ => None,
        }
    }

    /// The person that the asker is.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match &self.0.means {
            Means::Login { person, .. } => *person,
            _ => None,
        }
    }

    /// The browser's session.
    #[must_use]
    pub fn session(&self) -> Option<&SessionKey> {
        match &self.0.means {
            Means::Login { session, .. } => session.as_ref(),
            _ => None,
        }
    }

    /// Whether who asks may know how the collector runs, and not only whether it does: who has signed in, and machines that watch it.
    #[must_use]
    pub fn may_know_how_it_runs(&self) -> bool {
        match &self.0.means {
            Means::Open | Means::Login { .. } => true,
            Means::Service(_, permits) => permits.contains(&Permit::Metrics),
            Means::Nobody => false,
        }
    }

    /// By which roles.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        match &self.0.means {
            Means::Login { roles, .. } => roles,
            _ => &[],
        }
    }

    /// Of whom.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.0.scope
    }

    /// The people of whom may be asked here; none stands for everybody.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn people(&self, store: &Store) -> Result<Option<Vec<PersonId>>, PeopleError> {
        match (self.0.scope, self.person()) {
            (Scope::All, _) => Ok(None),
            // Figures of teams are no figures of people.
            (Scope::OwnTeams, _) | (Scope::Own, None) => Ok(Some(Vec::new())),
            (Scope::Own, Some(person)) => {
                let others = accounts::same_as(store.pool(), person).await?;
                Ok(Some([vec![person], others].concat()))
            }
        }
    }

    /// Whether of this person may be asked here.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn may_ask_of(&self, store: &Store, person: PersonId) -> Result<bool, PeopleError> {
        Ok(self.people(store).await?.is_none_or(|people| people.contains(&person)))
    }

    /// Lets pass who may ask for this user id.
    ///
    /// # Errors
    /// 403, whether there is such a user or not.
    pub async fn check_user(&self, store: &Store, keys: &PersonKeys, user_id: &str) -> Result<(), Problem> {
        let Some(people) = self.people(store).await? else { return Ok(()) };
        match accounts::find_person(store, keys, user_id).await? {
            Some(person) if people.contains(&person) => Ok(()),
            _ => Err(Problem::forbidden("this is not your own user_id: ask for yourself")),
        }
    }
}

/// That nothing has let a request pass, which is a fault of ours.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("answer a request that no line of the table of rights let pass")]
struct Unasked;

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::internal(&Unasked))
    }
}
