//! `policy`: the matrix by which everything is decided, in words, and the papers that can be made from it.

mod explain;
mod pack;
mod rows;

use std::path::PathBuf;

use attune_ground::{Failed, Given, Said, Setup, SubjectCommand};
use attune_protocol::policy::{Audience, Data, Matrix, Papers, Profile};
use clap::{CommandFactory, FromArgMatches, Parser};

pub use rows::{Row, rows};

/// Explain who may be given what of a person, and write the papers that go with it.
#[derive(Parser)]
#[command(name = "policy", display_order = 55)]
enum Policy {
    /// Say in words who may be given what, what for, and by which rule.
    #[command(after_help = "Example:\n  attune-collector policy explain --audience manager")]
    Explain {
        /// eu, uk, us or research [default: the one that is set].
        #[arg(long, value_name = "PROFILE")]
        profile: Option<Profile>,
        /// Only who this is: person, supporter, manager, hr, privacy-officer, administrator, store, service or language-model.
        #[arg(long, value_name = "AUDIENCE", value_parser = audience)]
        audience: Option<Audience>,
        /// Only what this is: technical, activity, self-report, physiology, face-geometry, voice-acoustics, affect, read-from-text,
        /// raw, text, accounts, hr-tables, hr-flags or unanswered.
        #[arg(long, value_name = "CATEGORY", value_parser = data)]
        category: Option<Data>,
        /// As one JSON object, for machines.
        #[arg(long)]
        json: bool,
    },
    /// Write drafts from what is set: the record of processing (GDPR Art. 30), an assessment (DPIA, Art. 35) and an annex to a
    /// works agreement. What the organisation must say itself is marked.
    #[command(after_help = "Example:\n  attune-collector --config collector.toml policy pack --out papers")]
    Pack {
        /// The folder to write them into; it is made.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Write over those that are there.
        #[arg(long)]
        force: bool,
    },
}

pub(super) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Policy::command(),
        work: |line, given| Box::pin(async move { policy(Policy::from_arg_matches(&line)?, &given) }),
    }
}

fn policy(asked: Policy, given: &Given) -> Result<Said, Failed> {
    let in_force = Matrix { profile: given.profile, papers: papers(&given.setup) };
    match asked {
        Policy::Explain { profile, audience, category, json } => {
            let matrix = Matrix { profile: profile.unwrap_or(in_force.profile), ..in_force };
            let wanted = explain::Wanted { audience, data: category };
            let out = if json { explain::json(matrix, wanted) } else { explain::text(matrix, wanted) };
            Ok(Said { out, ..Said::default() })
        }
        Policy::Pack { out, force } => Ok(pack::write(&pack::Basis { matrix: in_force, given }, &out, force)?),
    }
}

/// What is on record, by what is set.
#[must_use]
pub fn papers(setup: &Setup) -> Papers {
    Papers { dpia: !setup.dpia.is_empty(), works_agreement: !setup.works_agreement.is_empty() }
}

fn audience(name: &str) -> Result<Audience, String> {
    named(name, Audience::ALL.iter().map(|audience| (audience.name(), *audience)))
}

fn data(name: &str) -> Result<Data, String> {
    named(name, Data::ALL.into_iter().map(|data| (data.name(), data)))
}

/// What has this name; an error lists the names that there are.
fn named<T>(name: &str, all: impl Iterator<Item = (&'static str, T)> + Clone) -> Result<T, String> {
    let names = || all.clone().map(|(known, _)| known).collect::<Vec<_>>().join(", ");
    all.clone().find(|(known, _)| *known == name).map(|(_, it)| it).ok_or_else(|| format!("known are {}", names()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_known_is_told_which_are_and_the_help_lists_all() {
        let line = |asked: &[&str]| Policy::try_parse_from([&["policy"], asked].concat()).map(|_| ());
        let error = line(&["explain", "--audience", "boss"]).expect_err("nobody").to_string();
        assert!(error.contains("known are person, supporter, manager"), "{error}");
        let error = line(&["explain", "--category", "mood"]).expect_err("nothing").to_string();
        assert!(error.contains("affect, read-from-text, raw, text, accounts, hr-tables, hr-flags"), "{error}");
        let error = line(&["explain", "--profile", "mars"]).expect_err("nowhere").to_string();
        assert!(error.contains("use eu, uk, us or research"), "{error}");
        let help = Policy::command().find_subcommand("explain").expect("there").clone().render_long_help().to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for name in Audience::ALL.iter().map(|it| it.name()).chain(Data::ALL.map(Data::name)) {
            assert!(help.contains(name), "{name}: {help}");
            assert!(line(&["explain", "--audience", name]).is_ok() || line(&["explain", "--category", name]).is_ok());
        }
    }
}
