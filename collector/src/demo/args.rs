use std::path::PathBuf;

use clap::Args;

/// What the demonstration plays, and how.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// End with status 0 when the recording has been fused, instead of running on until Ctrl-C.
    #[arg(long)]
    pub once: bool,
    /// Folder of the recording.
    #[arg(long, value_name = "DIR", default_value = "tests/recording")]
    pub recording: PathBuf,
    /// The agent program [default: attune-agent beside this program].
    #[arg(long, value_name = "FILE")]
    pub agent: Option<PathBuf>,
    /// How many times faster than it was recorded the recording plays.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub speed: u32,
    /// Give up when the recording has not been fused after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub limit: u64,
}
