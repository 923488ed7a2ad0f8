//! What must be so before others than this machine's programs reach the collector. That its way is encrypted, the
//! configuration holds already.

mod weak;

use std::net::SocketAddr;

use crate::CollectorError;
use crate::config::{BrokerMode, Config};

/// Looks at it all, where the API or the broker is to listen off loopback. `may_sign_in` says whether there is anybody who can.
///
/// # Errors
/// When nobody can sign in yet, or a secret could be guessed.
pub fn check(config: &Config, may_sign_in: bool) -> Result<(), CollectorError> {
    let broker = Some(config.broker.listen).filter(|_| config.broker.mode == BrokerMode::Embedded);
    let in_the_open = |address: &SocketAddr| !address.ip().is_loopback();
    let api = Some(config.api.listen).filter(in_the_open);
    let Some(address) = api.or(broker.filter(in_the_open)) else { return Ok(()) };
    let problem = match weak::of(config)? {
        Some(problem) => problem,
        // Who sends to the broker is known by an enrolment.
        None if may_sign_in || api.is_none() => return Ok(()),
        None => {
            "nobody can sign in yet, so everybody could read everything; start it once on a loopback address, make the first \
             administrator with `attune-collector admin create`, and start again"
        }
    };
    Err(CollectorError::Exposed { address, problem: problem.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_loopback_nothing_is_asked_for_and_off_it_somebody_who_can_sign_in() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { state: folder.path().into(), ..Config::default() };
        assert!(check(&config, false).is_ok());
        config.api.listen = "0.0.0.0:8750".parse().unwrap();
        let error = check(&config, false).unwrap_err().to_string();
        assert!(error.contains("0.0.0.0:8750") && error.contains("admin create"), "{error}");
        assert!(check(&config, true).is_ok());
        std::fs::write(folder.path().join("master.key"), "00".repeat(32)).unwrap();
        assert!(check(&config, true).unwrap_err().to_string().contains("master.key"));
        config.api.listen = "127.0.0.1:8750".parse().unwrap();
        assert!(check(&config, true).is_ok());
        config.broker.listen = "0.0.0.0:8883".parse().unwrap();
        let error = check(&config, false).unwrap_err().to_string();
        assert!(error.contains("0.0.0.0:8883") && error.contains("master.key"), "{error}");
        std::fs::remove_file(folder.path().join("master.key")).unwrap();
        assert!(check(&config, false).is_ok(), "a device needs an enrolment, and nobody to sign in");
    }
}
