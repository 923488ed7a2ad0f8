//! What must be so before others than this machine's programs reach the collector. That its way is encrypted, the
//! configuration holds already.

mod weak;

use attune_ground::store::Store;

use crate::CollectorError;
use crate::config::Config;

/// Looks at it all, where the API is to listen off loopback.
///
/// # Errors
/// When nobody can sign in yet, or a secret could be guessed.
pub(crate) async fn check(config: &Config, store: &Store) -> Result<(), CollectorError> {
    let address = config.api.listen;
    if address.ip().is_loopback() {
        return Ok(());
    }
    let refused = |problem: &str| Err(CollectorError::Exposed { address, problem: problem.into() });
    if let Some(problem) = weak::of(config)? {
        return refused(problem);
    }
    if !attune_people::sign_in::is_required(store).await? {
        return refused(
            "nobody can sign in yet, so everybody could read everything; make the first administrator with \
             `attune-collector admin create`, and start again",
        );
    }
    Ok(())
}
