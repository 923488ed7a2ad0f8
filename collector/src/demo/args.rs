use std::path::{Path, PathBuf};

use clap::Args;

/// The recording that comes with the program, of nobody.
const SHIPPED: &str = "tests/recording";

/// What the demonstration plays, and how.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// End with status 0 when the recording has been fused, instead of running on until Ctrl-C.
    #[arg(long)]
    pub once: bool,
    /// Make up an organisation, too: two teams, an account for each role, and two months of each person. Where to sign in as whom is shown; from then on the
    /// API is for who has signed in.
    #[arg(long)]
    pub organisation: bool,
    /// From what the days of the made-up people are drawn: the same for the same number.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "organisation")]
    pub seed: u64,
    /// Sense with this machine's own camera and microphone instead of playing a recording, until Ctrl-C; with --once for 30
    /// seconds. Whoever is before them consents by starting it.
    #[arg(long, conflicts_with_all = ["recording", "speed"])]
    pub live: bool,
    /// Folder of the recording.
    #[arg(long, value_name = "DIR", default_value = SHIPPED)]
    pub recording: PathBuf,
    /// The agent program [default: attune-agent beside this program].
    #[arg(long, value_name = "FILE")]
    pub agent: Option<PathBuf>,
    /// How many times faster than it was recorded the recording plays.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub speed: u32,
    /// Give up when the recording has not been fused after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub limit: u64,
}

impl DemoArgs {
    /// Whether the recording is the one that comes with the program.
    pub(super) fn is_shipped(&self) -> bool {
        let whole = |path: &Path| std::fs::canonicalize(path).ok();
        self.recording == Path::new(SHIPPED)
            || whole(&self.recording).is_some_and(|own| whole(SHIPPED.as_ref()) == Some(own))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        demo: DemoArgs,
    }

    #[test]
    fn a_limit_that_no_clock_holds_is_refused_and_not_added_to_now() {
        let line = |limit: &str| Line::try_parse_from(["demo", "--limit", limit]).map(|line| line.demo.limit);
        assert_eq!(line("86400").unwrap(), 86_400);
        assert!(line(&u64::MAX.to_string()).is_err() && line("0").is_err());
    }

    #[test]
    fn only_the_shipped_recording_is_of_nobody() {
        let demo = |recording: &str| Line::try_parse_from(["demo", "--recording", recording]).unwrap().demo;
        assert!(demo(SHIPPED).is_shipped());
        assert!(!demo(env!("CARGO_MANIFEST_DIR")).is_shipped());
    }
}
