//! Log lines: events with keys and values, on standard error.

use std::any::Any;
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
    started.map_err(|error| CollectorError::Config(format!("log: {error}")))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, said = said(panic.payload()), "A thread panicked.");
    }));
    Ok(())
}

/// What a panic says, as far as it stands in the program. What was put together when it happened may repeat somebody's words: where a text is
/// cut within a letter, that text stands in it.
fn said(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("(not written: it may hold personal data)")
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn a_panic_over_a_text_does_not_repeat_it() {
        let caught = |words: fn()| std::panic::catch_unwind(words).expect_err("it panics");
        let payload = caught(|| {
            let text = black_box("caf\u{e9} 4711");
            assert!(text.is_empty(), "it is inside {text}");
        });
        assert!(payload.downcast_ref::<String>().is_some_and(|words| words.contains("4711")), "there is what to hide");
        assert!(!said(&*payload).contains("4711"));
        let payload = caught(|| assert!(black_box("4711").is_empty(), "of the program alone"));
        assert_eq!(said(&*payload), "of the program alone");
    }
}
