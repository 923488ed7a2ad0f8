//! The program of the person's device.

use std::io::{ErrorKind, Write, stderr};
use std::process::ExitCode;

use attune_agent::AgentError;
use attune_agent::cli::{Arguments, execute};
use attune_analysis::Wiping;
use clap::Parser;

/// Pictures and sounds pass through this program: what is given back holds nothing of them.
#[global_allocator]
static MEMORY: Wiping = Wiping;

fn main() -> ExitCode {
    // Where it panics is told, and what it says only as far as that stands in the program: what was put together then may repeat a text that
    // was being read.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said =
            panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not told: it may hold personal data)");
        let _ = writeln!(stderr(), "attune-agent: panicked at {place}: {said}");
    }));
    match execute(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Who read the output has seen enough.
        Err(AgentError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed too, the status still tells.
            let _ = writeln!(stderr(), "attune-agent: failed to {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
