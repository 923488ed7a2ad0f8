//! The certificates that the configuration names: files of the organisation's, or one that the collector makes for itself.

use attune_ground::http::{Files, Tls};
use attune_protocol::broker::BrokerAddress;
use attune_sensing::broker::Certificate;

use crate::CollectorError;
use crate::config::{Config, TlsConfig};

/// Opens that of the API, where there is to be one; the collector's own is made where it is not there yet.
///
/// # Errors
/// When it cannot be read, used or made.
pub fn open(config: &Config) -> Result<Option<Tls>, CollectorError> {
    let Some(tls) = of(config, &config.api.tls)? else { return Ok(None) };
    for host in config.api.names.iter().map(|name| name.host()).filter(|host| !tls.is_for(host)) {
        tracing::warn!(
            host,
            "The TLS certificate is not for a name of api.names: who looks for that name takes it for a stranger's."
        );
    }
    Ok(Some(tls))
}

/// Opens that of the embedded broker, where there is to be one.
///
/// # Errors
/// As [`open`].
pub fn open_broker(config: &Config) -> Result<Option<Certificate>, CollectorError> {
    let Some(set) = config.broker.encrypted(&config.api) else { return Ok(None) };
    let certificate = of(config, set)?.map(|tls| Certificate { tls, is_own: set.files().is_none() });
    if let Some(Certificate { tls, is_own: false }) = &certificate
        && let Ok(BrokerAddress { host, .. }) = config.broker.address(&config.api).parse()
        && !tls.is_for(&host)
    {
        tracing::warn!(%host, "The broker's TLS certificate is not for the name by which devices reach it: they refuse it.");
    }
    Ok(certificate)
}

fn of(config: &Config, set: &TlsConfig) -> Result<Option<Tls>, CollectorError> {
    if !set.is_on() {
        return Ok(None);
    }
    let files = match set.files() {
        Some(files) => files,
        None => Files::make_own(&config.state, &hosts(config))?,
    };
    if files.key_lies_open() {
        tracing::warn!(file = %files.key.display(), "The TLS key can be read by everybody on this machine; close it: chmod o-r.");
    }
    Ok(Some(Tls::new(files)?))
}

/// Looks at that of the API, and makes none. None where TLS is off, or its certificate is not made yet.
///
/// # Errors
/// When it cannot be read or used.
pub fn look(config: &Config) -> Result<Option<Tls>, CollectorError> {
    seen(config, &config.api.tls)
}

/// As [`look`], at that of the embedded broker.
///
/// # Errors
/// As [`look`].
pub fn look_broker(config: &Config) -> Result<Option<Tls>, CollectorError> {
    config.broker.encrypted(&config.api).map_or(Ok(None), |set| seen(config, set))
}

fn seen(config: &Config, set: &TlsConfig) -> Result<Option<Tls>, CollectorError> {
    let own = || Some(Files::own(&config.state)).filter(|own| set.self_signed && own.certificate.exists());
    Ok(set.files().or_else(own).map(Tls::new).transpose()?)
}

/// Hosts by which clients and devices know the collector.
fn hosts(config: &Config) -> Vec<String> {
    let named = config.api.names.iter().map(|name| name.host().trim_matches(['[', ']']).to_owned());
    let of_broker = config.broker.public_url.parse().map(|BrokerAddress { host, .. }| host);
    named.chain(of_broker).chain([config.api.listen.ip().to_string()]).collect()
}
