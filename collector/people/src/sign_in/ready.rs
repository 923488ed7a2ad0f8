//! Accounts that sign in at once, for a demonstration: nobody has to open a link or to fetch a telephone first.

use attune_ground::http::Problem;
use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::Store;
use data_encoding::BASE32_NOPAD;

use super::{LoginId, NewLogin, Taken, logins, totp};
use crate::password::Hasher;
use crate::rights::Role;

/// An account whose password and second factor are set.
#[derive(Debug)]
pub struct Ready {
    /// Who signs in.
    pub login: LoginId,
    /// The password, made by chance.
    pub password: String,
    /// Codes that are taken for the second factor, each once; none where no role of theirs needs one.
    pub recovery_codes: Vec<String>,
}

/// Makes an account of this name, whose person may be there already.
///
/// # Errors
/// 400 for a name that is none, 409 for one that is taken; when the database refuses.
pub async fn create_ready(
    store: &Store,
    keys: &PersonKeys,
    own: &OwnKeys,
    name: &str,
    roles: &[Role],
) -> Result<Ready, Problem> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let letters = BASE32_NOPAD.encode(&bytes).to_lowercase();
    let groups: Vec<&str> = (0..letters.len()).step_by(4).map(|at| &letters[at..at + 4]).collect();
    let password = groups.join("-");
    let hash = Hasher::default().hash(password.clone()).await?;
    let new = NewLogin { name, user_id: None, mail: None, roles, password: Some(hash), may_exist: true };
    let mut transaction = store.begin().await?;
    let login = logins::create(&mut transaction, keys, own, new).await?;
    let login = login.map_err(|Taken| Problem::conflict("name", "this name is somebody's already"))?;
    let recovery_codes = match roles.iter().any(|role| role.needs_second_factor()) {
        true => totp::set_up(&mut transaction, keys, login).await?,
        false => Vec::new(),
    };
    transaction.commit().await?;
    Ok(Ready { login, password, recovery_codes })
}
