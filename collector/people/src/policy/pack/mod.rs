//! `policy pack`: papers that are made from what is set, the matrix and the registry. They say what is so, and mark what only
//! the organisation can say.

mod annex;
mod assessment;
mod markdown;
mod protections;
mod record;
mod sensed;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use attune_ground::{Given, GroundError, Said};
use attune_protocol::broker::BrokerAddress;
use attune_protocol::policy::{Matrix, Profile};

/// What the papers are made from.
pub(super) struct Basis<'a> {
    /// The matrix in force.
    pub(super) matrix: Matrix,
    /// What is set.
    pub(super) given: &'a Given,
}

/// Why the papers are not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritten {
    /// Some are there.
    #[error("write {path}: it is there already; name another folder, or add --force to write over it")]
    There {
        /// The first of them.
        path: PathBuf,
    },
    /// A file or the folder could not be written.
    #[error(transparent)]
    File(#[from] GroundError),
}

/// The papers: a file's name, and what it says.
fn papers(basis: &Basis<'_>) -> [(&'static str, String); 3] {
    [
        ("record-of-processing.md", record::text(basis)),
        ("dpia-draft.md", assessment::text(basis)),
        ("works-council-annex.md", annex::text(basis)),
    ]
}

/// Writes them into a folder; none of them if one is there already, but with `force`.
pub(super) fn write(basis: &Basis<'_>, folder: &Path, force: bool) -> Result<Said, Unwritten> {
    let papers = papers(basis);
    let there = papers.iter().map(|(name, _)| folder.join(name)).find(|path| path.symlink_metadata().is_ok());
    if let Some(path) = there.filter(|_| !force) {
        return Err(Unwritten::There { path });
    }
    std::fs::create_dir_all(folder).map_err(GroundError::file(folder))?;
    let (mut out, mut open) = (String::new(), 0);
    for (name, text) in papers {
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).create_new(!force);
        let written = options.open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Unwritten::There { path: path.clone() },
            _ => GroundError::file(&path)(error).into(),
        })?;
        open += markdown::count_open(&text);
        out += &format!("{}\n", path.display());
    }
    let err = format!(
        "These are drafts. {open} places are marked as to be filled in by the organisation; no paper is legal advice.\n"
    );
    Ok(Said { out, err })
}

impl Basis<'_> {
    /// What stands at the top of each paper: from what it was made.
    fn preamble(&self) -> String {
        let name = |name: &str| if name.is_empty() { "none on record".to_owned() } else { format!("`{name}`") };
        let setup = &self.given.setup;
        format!(
            "Made by `attune-collector policy pack`, version {}, on {} from the settings in force: profile `{}`, assessment \
             (DPIA) {}, works agreement {}. It is a draft of what the program does, and not legal advice. What the program \
             cannot know is marked and is for the organisation to say. Rules in brackets are explained by `attune-collector \
             policy explain`.{}\n\n",
            env!("CARGO_PKG_VERSION"),
            jiff::Timestamp::now().strftime("%-d %B %Y"),
            self.matrix.profile,
            name(&setup.dpia),
            name(&setup.works_agreement),
            match self.matrix.profile {
                Profile::Eu => "",
                Profile::Uk => " The articles are those of the GDPR; the UK GDPR has them under the same numbers.",
                Profile::Us | Profile::Research => {
                    " The form is that of the GDPR; what the law that holds here asks for besides is for the organisation to \
                     say."
                }
            },
        )
    }

    /// Whose broker devices send through, and how it is reached.
    fn broker(&self) -> String {
        match self.given.setup.has_own_broker {
            true => format!("the broker within the collector, at `{}`", self.given.broker),
            false => format!("a broker outside the collector, at `{}`", self.given.broker),
        }
    }

    /// Whether only programs of this machine reach it.
    fn has_broker_of_this_machine(&self) -> bool {
        let address = self.given.broker.parse::<BrokerAddress>();
        self.given.setup.has_own_broker && address.is_ok_and(|broker| broker.is_loopback())
    }

    /// Where the API and the pages are.
    fn api(&self) -> String {
        let names = &self.given.setup.names;
        match names.is_empty() {
            true => format!("`{}`", self.given.setup.api),
            false => format!("`{}`, known as {}", self.given.setup.api, names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests;
