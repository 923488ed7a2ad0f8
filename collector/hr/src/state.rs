use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use attune_ground::http::Problem;
use attune_ground::store::Store;
use attune_people::People;
use attune_people::teams::Rosters;
use attune_protocol::policy::{Audience, Data, LEAST_IN_A_GROUP, Matrix, Purpose};
use attune_protocol::seal::SealKey;

use crate::figures::Board;
use crate::master::{Decay, References};
use crate::sealed::{RowsOf, UploadId};
use crate::turn::Turns;

/// Tables that are read at a time: all rows of each are in memory meanwhile.
const READ_AT_A_TIME: usize = 2;
/// Of who has all rows of the master table opened, or all flags.
const LOOK_AT_A_TIME: usize = 1;
/// People who look at what is kept of them: of each it is opened as a whole.
const OWN_AT_A_TIME: usize = 8;
/// Files of the master table that are given out at a time.
const FILES_AT_A_TIME: usize = 2;

/// What is set for this subject.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// How fast rows of the tables lose weight with their age.
    pub decay: Decay,
    /// Of how many people at least it is told how often they are flagged.
    pub least_people: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { decay: Decay::default(), least_people: LEAST_IN_A_GROUP as usize }
    }
}

/// What the handlers and the jobs of this subject need.
#[derive(Clone, Debug)]
pub struct Hr(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    people: People,
    settings: Settings,
    own: SealKey,
    reading: Turns,
    looking: Turns,
    looking_at_own: Turns,
    files: Turns,
    /// How many bytes of what is being read here were read.
    read: Mutex<BTreeMap<UploadId, u64>>,
    /// The newest days of the rows that stood when they were looked for last.
    newest: tokio::sync::Mutex<Option<(RowsOf, References)>>,
    /// Figures of groups as they were made last, and of what.
    board: tokio::sync::Mutex<Option<(BoardOf, Arc<Board>)>>,
}

/// Of what figures of groups were made: where none of it is otherwise, they are the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BoardOf {
    /// The rows.
    pub(crate) rows: RowsOf,
    /// Who is and was in which team.
    pub(crate) rosters: Rosters,
    /// In which year they were made.
    pub(crate) year: i16,
}

impl Hr {
    /// Everything that it needs.
    #[must_use]
    pub fn new(people: People, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            own: people.own().seal_key("tables of hr"),
            people,
            settings,
            reading: Turns::new(READ_AT_A_TIME),
            looking: Turns::new(LOOK_AT_A_TIME),
            looking_at_own: Turns::new(OWN_AT_A_TIME),
            files: Turns::new(FILES_AT_A_TIME),
            read: Mutex::default(),
            newest: tokio::sync::Mutex::default(),
            board: tokio::sync::Mutex::default(),
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        self.0.people.store()
    }

    pub(crate) fn people(&self) -> &People {
        &self.0.people
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The collectors' own key for what is of nobody yet.
    pub(crate) fn own(&self) -> &SealKey {
        &self.0.own
    }

    /// Of who reads a table, or has it looked for who is unusual.
    pub(crate) fn reading(&self) -> &Turns {
        &self.0.reading
    }

    /// Of who has all rows of the master table opened, or all flags. Whoever reads asks for this turn second.
    pub(crate) fn looking(&self) -> &Turns {
        &self.0.looking
    }

    /// Of who looks at what is kept of them.
    pub(crate) fn looking_at_own(&self) -> &Turns {
        &self.0.looking_at_own
    }

    /// Of who is given a file of the master table.
    pub(crate) fn files(&self) -> &Turns {
        &self.0.files
    }

    /// The newest days of the rows that stood then, held by who looks for them.
    pub(crate) fn newest(&self) -> &tokio::sync::Mutex<Option<(RowsOf, References)>> {
        &self.0.newest
    }

    /// Figures of groups as they were made last, held by who makes them.
    pub(crate) fn board(&self) -> &tokio::sync::Mutex<Option<(BoardOf, Arc<Board>)>> {
        &self.0.board
    }

    /// Notes that so many bytes of an upload were read, from the first one on; none where it is no more.
    pub(crate) fn note_read(&self, id: UploadId, bytes: Option<u64>) {
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        match bytes {
            Some(bytes) => _ = read.insert(id, bytes),
            None => _ = read.remove(&id),
        }
    }

    /// How many bytes of an upload were read, where it is read here.
    pub(crate) fn read_so_far(&self, id: UploadId) -> Option<u64> {
        self.0.read.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    /// Why tables of HR are neither taken in nor shown here, where a rule says so.
    #[must_use]
    pub fn tables_barred(&self) -> Option<String> {
        barred(self.people().matrix())
    }

    /// Why nobody is looked for who is unusual in them, nor shown, where a rule says so.
    #[must_use]
    pub fn flags_barred(&self) -> Option<String> {
        self.tables_barred().or_else(|| flags_barred(self.people().matrix()))
    }

    /// Lets pass where the personnel department may give tables and read them.
    ///
    /// # Errors
    /// 403, naming the rule.
    pub(crate) fn check_given(&self) -> Result<(), Problem> {
        barred(self.people().matrix()).map_or(Ok(()), |why| Err(Problem::forbidden(why)))
    }

    /// Lets pass where it may be looked for who is unusual in the tables, and HR may see who is.
    ///
    /// # Errors
    /// 403, naming the rule.
    pub(crate) fn check_flagged(&self) -> Result<(), Problem> {
        self.check_given()?;
        flags_barred(self.people().matrix()).map_or(Ok(()), |why| Err(Problem::forbidden(why)))
    }
}

/// Why tables of HR are neither taken in nor shown, where a rule says so.
pub(crate) fn barred(matrix: Matrix) -> Option<String> {
    against(matrix, Data::HrTables, "tables of HR are not taken in")
}

/// Why nobody is looked for who is unusual in them, where a rule says so.
pub(crate) fn flags_barred(matrix: Matrix) -> Option<String> {
    against(matrix, Data::HrFlags, "it is not looked for who is unusual in tables of HR")
}

fn against(matrix: Matrix, data: Data, what: &str) -> Option<String> {
    let rules = [Audience::Store, Audience::Hr].map(|who| matrix.rule(who, Purpose::Personnel, data));
    let rule = rules.into_iter().find(|rule| !rule.decision.leaves_the_device())?;
    let (profile, id, says) = (matrix.profile, rule.id, rule.says);
    Some(format!("{what} under the profile {profile}, by the rule {id}: {says}"))
}
