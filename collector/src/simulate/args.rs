use clap::Args;
use jiff::civil::Date;

use super::SimulateError;
use super::plan::{Plan, yesterday};

/// What is made up, and how much of it.
#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
    /// People who are ever there; some of them join later, and some leave.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub people: u32,
    /// Teams among which they are spread.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub teams: u32,
    /// Days that are made.
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// From what it is drawn: the same for the same number and the same last day.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The last day, as 2026-03-31 [default: yesterday].
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// How often on a working day something of somebody is seen.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=7))]
    pub spells: u32,
    /// How many windows of 10 s each time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=240))]
    pub windows: u32,
    /// Of how many people, the first of all, eleven minutes of a day are seen, so that days of theirs have figures.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub closely: u32,
    /// Jurisdiction profile: eu, uk, us or research; what it forbids stays with the devices [default: eu].
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Print what was made as JSON.
    #[arg(long)]
    pub json: bool,
}

impl SimulateArgs {
    /// What is asked for.
    ///
    /// # Errors
    /// When the last day lies ahead, or there are more teams than people.
    pub(super) fn plan(&self) -> Result<Plan, SimulateError> {
        let yesterday = yesterday();
        let until = self.until.unwrap_or(yesterday);
        if until > yesterday {
            return Err(SimulateError::Refused(format!("--until {until} is not over: expected {yesterday} or before")));
        }
        if self.teams > self.people {
            return Err(SimulateError::Refused("--teams is more than --people: expected as many at most".into()));
        }
        let Self { people, teams, days, seed, spells, windows, closely, .. } = *self;
        Ok(Plan { people, teams, days, seed, until, spells, windows, closely, mixed: true })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        simulate: SimulateArgs,
    }

    #[test]
    fn what_cannot_be_made_is_refused_and_says_what_can() {
        let plan = |line: &str| Line::try_parse_from(line.split(' ')).map(|line| line.simulate.plan());
        let made = plan("simulate --until 2025-06-29 --people 20 --teams 2 --days 7").expect("reads").expect("a plan");
        assert_eq!(
            (made.first().to_string(), made.last_part().to_string()),
            ("2025-06-23".into(), "2025-06-27".into())
        );
        let refused = plan("simulate --until 9999-12-31").expect("reads").expect_err("ahead").to_string();
        assert!(refused.contains("9999-12-31 is not over"), "{refused}");
        assert!(plan("simulate --people 3 --teams 4").expect("reads").is_err());
        for wrong in ["--people 0", "--teams 0", "--days 0", "--spells 8", "--windows 0", "--until tomorrow"] {
            assert!(plan(&format!("simulate {wrong}")).is_err(), "{wrong}");
        }
    }
}
