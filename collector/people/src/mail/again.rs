//! What is looked at again right before a mail goes that an alert waits: who was to be told may not be any more.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::PeopleError;
use crate::rights::LoginId;

/// Whether somebody is still to be mailed that an alert waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StillDue {
    /// They are.
    Now,
    /// Not before an instant, Unix milliseconds.
    From(i64),
    /// Nothing waits for them any more, or they are not to be mailed of it.
    No,
}

/// Whether it is, once that is known.
pub type Looked = Pin<Box<dyn Future<Output = Result<StillDue, PeopleError>> + Send>>;

/// Looks whether somebody is still to be mailed.
#[derive(Clone)]
pub struct LookAgain(Arc<dyn Fn(LoginId) -> Looked + Send + Sync>);

impl LookAgain {
    /// By what knows of alerts.
    #[must_use]
    pub fn by(look: impl Fn(LoginId) -> Looked + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    pub(crate) async fn look(&self, login: LoginId) -> Result<StillDue, PeopleError> {
        (self.0)(login).await
    }
}

impl fmt::Debug for LookAgain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookAgain(..)")
    }
}
