use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;

use attune_protocol::policy::Profile;
use clap::{ArgMatches, Command};
use jiff::tz::TimeZone;

use crate::Foundation;
use crate::carried::Carried;
use crate::holdings::Releases;
use crate::measures::Source;
use crate::retention::{Aging, History, Limits};
use crate::store::{Migrations, Urls};

/// Why a command ended early. Its text follows the words "failed to".
pub type Failed = Box<dyn Error + Send + Sync>;

/// What comes once it is waited for, or why it does not.
pub type Later<T> = Pin<Box<dyn Future<Output = Result<T, Failed>>>>;

/// What a command does, with what was written.
pub type Work = fn(ArgMatches, Given) -> Later<Said>;

/// A command that a subject brings, which works beside a collector that may run.
#[derive(Clone, Debug)]
pub struct SubjectCommand {
    /// How it is written on the command line, and its help. Its display order is its place among all commands of the
    /// program, whoever brings them.
    pub line: Command,
    /// What it does.
    pub work: Work,
}

/// What a command is given besides what was written.
pub struct Given {
    /// The state folder.
    pub state: PathBuf,
    /// The organisation's jurisdiction profile.
    pub profile: Profile,
    /// What else is set, for commands that tell people of it.
    pub setup: Setup,
    /// How long each class is kept.
    pub limits: Limits,
    /// How all subjects let go of what is too old.
    pub aging: Vec<Aging>,
    /// How all subjects forget what they keep of a person.
    pub histories: Vec<History>,
    /// What all subjects see of people.
    pub measures: Vec<Source>,
    /// The organisation's zone.
    pub zone: TimeZone,
    /// How many people a figure of a group is of at least.
    pub least_people: u32,
    /// Whose the reports are.
    pub brand: Brand,
    /// What people may release to HR.
    pub releases: Vec<Releases>,
    /// The folder of the networks; empty: those inside the program.
    pub models: PathBuf,
    /// Whether people may have the texts of their messages kept.
    pub keep_text: bool,
    /// URL of the broker, as it is set. Where it is in fact stands in the state folder once a collector has run.
    pub broker: String,
    /// The name under which collectors sign in at a broker that runs elsewhere, and the file of their password; none: they do not.
    pub broker_login: Option<(String, PathBuf)>,
    /// Where everything lies, for commands that work on all of it.
    pub house: House,
    /// Opens the database that is there once it is waited for, so that what was written can be refused before.
    pub ground: Later<Foundation>,
}

/// An organisation, as its reports show it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Brand {
    /// Its name; empty: none.
    pub name: String,
    /// Its colour: red, green and blue.
    pub colour: Option<[u8; 3]>,
    /// The file of its logo; empty: none.
    pub logo: PathBuf,
}

/// Where a collector's state lies, and what is in it.
#[derive(Clone, Debug)]
pub struct House {
    /// The master key; it lies in the state folder.
    pub key: PathBuf,
    /// Where the database and the keys of people are.
    pub urls: Urls,
    /// The tables of all subjects.
    pub migrations: Vec<&'static Migrations>,
    /// What becomes of the subjects behind a restore and under another master key.
    pub carried: Vec<Carried>,
    /// Where the copy of the keys of people is renewed; empty: nowhere.
    pub copies: PathBuf,
}

/// What is set that people may be told of. No password is among it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where the API listens.
    pub api: SocketAddr,
    /// Names by which clients know it besides.
    pub names: Vec<String>,
    /// Where people reach it, without a slash at the end, where it is known by a name.
    pub known_at: Option<String>,
    /// Whether the broker is within the program.
    pub has_own_broker: bool,
    /// What the database is: "SQLite" or "PostgreSQL".
    pub database: &'static str,
    /// Name of the assessment of the consequences for data protection that the organisation has on record; empty: none.
    pub dpia: String,
    /// Name of its agreement with the works council; empty: none.
    pub works_agreement: String,
}

/// What a command says when it is done.
#[derive(Clone, Default, Debug)]
pub struct Said {
    /// For standard output, where scripts read.
    pub out: String,
    /// For standard error, where people read besides.
    pub err: String,
}
