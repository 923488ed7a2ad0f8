//! `report`: makes a report into a file, of a database that is there.

use std::path::{Path, PathBuf};

use attune_ground::http::Problem;
use attune_ground::http::body::Bodies;
use attune_ground::{Brand, Failed, Foundation, Given, GroundError, Said, SubjectCommand};
use attune_hr::Hr;
use attune_people::People;
use attune_people::access::By;
use attune_people::policy::papers;
use attune_reports::{Logo, Organisation};
use attune_wellbeing::Wellbeing;
use clap::{ArgGroup, CommandFactory, FromArgMatches, Parser};
use data_encoding::HEXLOWER;
use jiff::civil::Date;
use tokio::io::AsyncWriteExt as _;

use crate::kept::File;
use crate::make;
use crate::state::{Reporting, Settings};

/// Make a report as PDF.
#[derive(Parser)]
#[command(
    name = "report",
    display_order = 59,
    group = ArgGroup::new("of").required(true).args(["person", "team", "day"]),
    after_help = "A collector may run meanwhile. The report is kept sealed as those that are made at /hr/reports, and noted in the log of access with \
    the hash that is printed. The same data give the same file.\n\n\
    Examples:\n  attune-collector report --day 2026-03-31\n  attune-collector report --person E17 --output e17.pdf"
)]
struct Command {
    /// Of this person, as they are called in the tables.
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Of this team, by its id or its name.
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// Of the organisation on this day.
    #[arg(long, value_name = "DATE")]
    day: Option<Date>,
    /// The day whose data a report of a person or a team tells; yesterday where it is left out.
    #[arg(long, value_name = "DATE", conflicts_with = "day")]
    until: Option<Date>,
    /// The file; one that is there is not overwritten.
    #[arg(long, value_name = "FILE", default_value = "report.pdf")]
    output: PathBuf,
}

/// Why none is made.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("make the report: {0}")]
    Problem(String),
    #[error("make the report: there is no such team")]
    Team,
}

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Command::command(),
        work: |line, given| Box::pin(async move { work(Command::from_arg_matches(&line)?, given).await }),
    }
}

async fn work(command: Command, given: Given) -> Result<Said, Failed> {
    // Before anything is made, kept and noted.
    let output = Output::open(&command.output).await?;
    let papers = papers(&given.setup);
    let settings = settings(&given.brand, given.least_people)?;
    let Foundation { store, people, own } = given.ground.await?;
    let of_people = attune_people::Settings { profile: given.profile, registration: false, limits: given.limits };
    let people = People::new((store.clone(), people, own), Bodies::default(), &given.histories, of_people);
    let people = people.on_record(papers).in_zone(given.zone);
    let of_hr = attune_hr::Settings { least_people: given.least_people as usize, ..attune_hr::Settings::default() };
    let of_teams = attune_wellbeing::Settings { least_people: given.least_people, epsilon: None };
    let hr = Hr::new(people.clone(), of_hr);
    let wellbeing = Wellbeing::new(store.clone(), people.clone(), of_teams, given.measures);
    let state = Reporting::new(people, hr, wellbeing, settings, given.releases);
    let made = make(&state, &command).await;
    store.close().await;
    let file = match made {
        Ok(file) => file,
        Err(refused) => {
            output.give_up().await;
            return Err(refused);
        }
    };
    output.write(&file.bytes).await?;
    let hash = HEXLOWER.encode(&file.sha256);
    Ok(Said { out: format!("{}\tsha256 {hash}\n", command.output.display()), err: String::new() })
}

/// As the organisation's are set.
fn settings(brand: &Brand, least_people: u32) -> Result<Settings, Failed> {
    let logo = match brand.logo.as_os_str().is_empty() {
        true => None,
        false => Some(Logo::new(std::fs::read(&brand.logo).map_err(GroundError::file(&brand.logo))?)?),
    };
    let organisation = Organisation { name: brand.name.clone(), colour: brand.colour };
    Ok(Settings { organisation, logo, least_people, ..Settings::default() })
}

async fn make(state: &Reporting, command: &Command) -> Result<File, Failed> {
    let refused = |problem: Problem| Refused::Problem(problem.detail);
    let by = Some(&By::COMMAND);
    let file = match (&command.person, &command.team) {
        (Some(user), _) => make::of_person(state, user, command.until, by).await,
        (None, Some(team)) => {
            let team = make::team_called(state, team).await?.ok_or(Refused::Team)?;
            make::of_team(state, &team, command.until, by).await
        }
        (None, None) => make::of_day(state, command.day, by).await,
    };
    Ok(file.map_err(refused)?)
}

/// A file that was not there, readable for its owner alone.
struct Output {
    path: PathBuf,
    file: tokio::fs::File,
}

impl Output {
    /// # Errors
    /// Where one is there already, or none can be made.
    async fn open(path: &Path) -> Result<Self, Failed> {
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(path).await.map_err(GroundError::file(path))?;
        Ok(Self { path: path.to_owned(), file })
    }

    async fn write(mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.file.write_all(bytes).await.map_err(GroundError::file(&self.path))?;
        self.file.sync_all().await.map_err(GroundError::file(&self.path))?;
        Ok(())
    }

    /// Nothing is left of what holds nothing.
    async fn give_up(self) {
        let _ = tokio::fs::remove_file(&self.path).await;
    }
}
