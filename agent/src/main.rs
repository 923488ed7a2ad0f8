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
