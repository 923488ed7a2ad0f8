//! Log lines: events with keys and values, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::CollectorError;
use crate::config::{LogConfig, LogFormat};

/// Libraries that tell more than an operator needs.
const QUIET: &str =
    "rumqttd=off,rumqttc=error,sqlx=warn,sqlx::pool::acquire=error,tract_onnx=warn,tract_core=warn,symphonia=off";

/// Starts logging for the process.
///
/// # Errors
/// When the level is no filter, or logging was started before.
pub fn start(config: &LogConfig) -> Result<(), CollectorError> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.level))
        .map_err(|error| CollectorError::Config(format!("log.level: {error}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| CollectorError::Config(format!("log: {error}")))
}
