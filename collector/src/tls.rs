//! The certificate that the configuration names: files of the organisation's, or one that the collector makes for itself.

use attune_ground::http::{Files, Tls};

use crate::CollectorError;
use crate::config::Config;

/// Opens it, where there is to be one; the collector's own is made where it is not there yet.
///
/// # Errors
/// When it cannot be read, used or made.
pub fn open(config: &Config) -> Result<Option<Tls>, CollectorError> {
    if !config.api.tls.is_on() {
        return Ok(None);
    }
    let files = match config.api.tls.files() {
        Some(files) => files,
        None => Files::make_own(&config.state, &hosts(config))?,
    };
    if files.key_lies_open() {
        tracing::warn!(file = %files.key.display(), "The TLS key can be read by everybody on this machine; close it: chmod o-r.");
    }
    let tls = Tls::new(files)?;
    for host in config.api.names.iter().map(|name| name.host()).filter(|host| !tls.is_for(host)) {
        tracing::warn!(
            host,
            "The TLS certificate is not for a name of api.names: who looks for that name takes it for a stranger's."
        );
    }
    Ok(Some(tls))
}

/// Looks at it, and makes none. None where TLS is off, or its certificate is not made yet.
///
/// # Errors
/// When it cannot be read or used.
pub fn look(config: &Config) -> Result<Option<Tls>, CollectorError> {
    let own = || Some(Files::own(&config.state)).filter(|own| config.api.tls.self_signed && own.certificate.exists());
    Ok(config.api.tls.files().or_else(own).map(Tls::new).transpose()?)
}

/// Hosts by which clients know the collector.
fn hosts(config: &Config) -> Vec<String> {
    let named = config.api.names.iter().map(|name| name.host().trim_matches(['[', ']']).to_owned());
    named.chain([config.api.listen.ip().to_string()]).collect()
}
