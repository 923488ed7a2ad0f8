//! `hr`: takes tables in from files on the collector's own machine, the same way as all others.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use attune_ground::http::Problem;
use attune_ground::http::body::Bodies;
use attune_ground::progress::Progress;
use attune_ground::{Failed, Foundation, Given, GroundError, Said, SubjectCommand};
use attune_people::People;
use attune_people::access::By;
use attune_people::policy::papers;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::form::{LARGEST, whole};
use crate::report::TableReport;
use crate::rows::Table;
use crate::sealed::UploadId;
use crate::state::{Hr, Settings, barred};
use crate::take::{self, Decision};
use crate::uploads::{self, Coming, Standing, Strangers, Upload};
use crate::{gone, work};

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;
/// Problems of a table that are told.
const TOLD: usize = 20;

/// Look after tables of HR.
#[derive(Parser)]
#[command(name = "hr", display_order = 58, after_help = "Example:\n  attune-collector hr import tables --dry-run")]
enum Command {
    /// Take in tables of HR: activity, leave, onboarding, performance, rewards and the vibe meter, as CSV or XLSX.
    #[command(
        after_help = "A collector may run meanwhile. Which table a file is, its headings tell. Each stands in the place of the version before; \
        HR sees all of them at /hr, and takes them back there. Of two files of one table the first is taken in. What leaves something open is not taken in: give it at /hr and answer.\n\n\
        Examples:\n  attune-collector hr import tables --dry-run\n  attune-collector hr import leave.xlsx --strangers leave-out"
    )]
    Import {
        /// The files, or folders of them.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// What becomes of employees who are not known here.
        #[arg(long, value_enum, default_value_t = Unknown::TakeIn)]
        strangers: Unknown,
        /// Take nothing in, and say what is in the files.
        #[arg(long)]
        dry_run: bool,
    },
}

/// What becomes of employees who are not known here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Unknown {
    /// They are known from then on.
    TakeIn,
    /// Rows about them are left out.
    LeaveOut,
}

/// Why an import ends early.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("take tables in: {0}")]
    Barred(String),
    #[error("find a table in {}: it has no file that ends in .csv or .xlsx", .0.display())]
    Empty(PathBuf),
    #[error("import {}: {}", .0.display(), .1)]
    File(PathBuf, String),
}

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Command::command(),
        work: |line, given| Box::pin(async move { work(Command::from_arg_matches(&line)?, given).await }),
    }
}

async fn work(command: Command, given: Given) -> Result<Said, Failed> {
    let Command::Import { files, strangers, dry_run } = command;
    let all = all_of(&files)?;
    let papers = papers(&given.setup);
    let Foundation { store, people, own } = given.ground.await?;
    let settings = attune_people::Settings { profile: given.profile, registration: false, limits: given.limits };
    let people = People::new((store, people, own), Bodies::default(), &given.histories, settings).on_record(papers);
    // What is made of the tables is made where it is asked for, with what is set there.
    let state = Hr::new(people, Settings::default());
    let said = import(&state, &all, strangers, dry_run).await;
    state.store().close().await;
    said
}

/// The files that are named, and those that end as tables do in folders that are.
fn all_of(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failed> {
    let mut all = Vec::new();
    for path in named {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let mut within = Vec::new();
        for entry in std::fs::read_dir(path).map_err(GroundError::file(path))? {
            let file = entry.map_err(GroundError::file(path))?.path();
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
            within.extend(["csv", "xlsx"].contains(&ending.as_str()).then_some(file));
        }
        if within.is_empty() {
            return Err(Refused::Empty(path.clone()).into());
        }
        within.sort();
        all.extend(within);
    }
    Ok(all)
}

async fn import(state: &Hr, all: &[PathBuf], strangers: Unknown, dry_run: bool) -> Result<Said, Failed> {
    if let Some(why) = barred(state.people().matrix()) {
        return Err(Refused::Barred(why).into());
    }
    let strangers = match strangers {
        Unknown::TakeIn => Strangers::TakeIn,
        Unknown::LeaveOut => Strangers::LeaveOut,
    };
    let (mut said, mut progress) = (Said::default(), Progress::shown());
    let mut tables = BTreeSet::new();
    for path in all {
        let file = |problem: Problem| Refused::File(path.clone(), problem.detail);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        progress.begin("bytes of a table read");
        let (opened, size) = open(path).await?;
        let id = uploads::begin(state, Some(&By::COMMAND), None, &name).await.map_err(file)?;
        let one = async {
            put(state, id, (path.as_path(), opened, size), &mut progress).await?;
            let read = uploads::find(state, id).await?.ok_or_else(|| file(Problem::abandoned()))?;
            tell(&mut said, path, &read);
            let is_ready = read.about.report.as_ref().is_some_and(TableReport::is_ready);
            // Of a folder that holds a table twice, the second would only stand in the place of the first.
            let is_there = read.table.is_some_and(|table| tables.contains(&table));
            if dry_run || is_there || !is_ready {
                gone::undo(state, id, Some(&By::COMMAND)).await.map_err(file)?;
            }
            if is_there {
                let _ =
                    writeln!(said.err, "{}: another file of the same table comes before it: left out", path.display());
            }
            if dry_run || is_there {
                tables.extend(read.table);
                return Ok(());
            }
            if !is_ready {
                let why = format!("it was not taken in; what was found in it:\n{}", said.err);
                return Err(Refused::File(path.clone(), why).into());
            }
            let decision = Decision { strangers: Some(strangers), ..Decision::default() };
            take::decide(state, id, &decision, Some(&By::COMMAND)).await.map_err(file)?;
            work::go_on(state, id, None).await?;
            let taken = uploads::find(state, id).await?.filter(|upload| upload.standing == Standing::Taken);
            let taken = taken.ok_or_else(|| file(Problem::abandoned()))?;
            tables.extend(taken.table);
            let version = taken.version.unwrap_or_default();
            let _ = writeln!(said.out, "taken in\tversion {version}\t{} rows", taken.held);
            Ok::<_, Failed>(())
        };
        if let Err(failed) = one.await {
            // It would wait for a decision that nobody is asked for.
            gone::drop_unwanted(state, id).await;
            return Err(failed);
        }
    }
    drop(progress);
    Ok(said)
}

/// Opens a file, and says how many bytes it has.
async fn open(path: &Path) -> Result<(File, u64), Failed> {
    let file = File::open(path).await.map_err(GroundError::file(path))?;
    let size = file.metadata().await.map_err(GroundError::file(path))?.len();
    if size > LARGEST {
        return Err(Refused::File(path.to_owned(), format!("it has over {LARGEST} bytes")).into());
    }
    Ok((file, size))
}

/// Puts a file down, and has it read.
async fn put(
    state: &Hr,
    id: UploadId,
    (path, mut file, size): (&Path, File, u64),
    progress: &mut Progress,
) -> Result<(), Failed> {
    let refused = |problem: Problem| Refused::File(path.to_owned(), problem.detail);
    let mut upload = uploads::find(state, id).await?.ok_or_else(|| refused(Problem::abandoned()))?;
    let (mut coming, mut chunk) = (Coming::new(), vec![0; CHUNK]);
    loop {
        let count = file.read(&mut chunk).await.map_err(GroundError::file(path))?;
        if count == 0 {
            break;
        }
        if coming.size() + count as u64 > LARGEST {
            return Err(Refused::File(path.to_owned(), format!("it has over {LARGEST} bytes")).into());
        }
        coming.more(state, &upload, &chunk[..count]).await?;
        progress.done(coming.size(), size);
    }
    coming.end(state, &mut upload).await?;
    whole(state, &upload, None).await.map_err(refused)?;
    work::go_on(state, id, None).await?;
    Ok(())
}

/// What was found in a file: a line for scripts, and what is wrong for people.
fn tell(said: &mut Said, path: &Path, read: &Upload) {
    let table = read.table.map_or("unknown", Table::name);
    let Some(report) = &read.about.report else { return };
    let (rows, employees, strangers, problems) = (report.rows, report.employees, report.strangers, report.count());
    let _ = writeln!(
        said.out,
        "{}\t{table}\t{rows} rows\t{employees} employees\t{strangers} not known\t{problems} problems",
        path.display()
    );
    let mut note = |text: &str| _ = writeln!(said.err, "{}: {text}", path.display());
    report.refused.iter().for_each(|why| note(why));
    report.questions.iter().for_each(|question| note(&question.asks));
    for problem in report.problems.iter().take(TOLD) {
        let column = problem.column.as_deref().unwrap_or("the whole row");
        note(&format!("row {}, {column}: {}", problem.row, problem.says));
    }
    if problems > TOLD as u64 {
        note(&format!("and {} more", problems - TOLD as u64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{ACTIVITY, Here};

    #[tokio::test]
    async fn files_of_a_folder_are_taken_in_and_a_dry_run_leaves_nothing_on_each_database() {
        for here in Here::each().await {
            let folder = here.database.folder.path().join("tables");
            std::fs::create_dir(&folder).expect("made");
            std::fs::write(folder.join("days.CSV"), ACTIVITY).expect("written");
            std::fs::write(folder.join("notes.txt"), "no table").expect("written");
            let all = all_of(std::slice::from_ref(&folder)).expect("found");
            assert_eq!(all, [folder.join("days.CSV")]);

            let tried = import(&here.state, &all, Unknown::TakeIn, true).await.expect("read");
            let told = "\tactivity\t3 rows\t2 employees\t2 not known\t0 problems\n";
            assert!(tried.out.ends_with(told) && tried.err.is_empty(), "{tried:?}");
            let counts = async || [here.database.count("hr_rows").await, here.database.count("hr_pieces").await];
            assert_eq!(counts().await, [0, 0]);

            let done = import(&here.state, &all, Unknown::TakeIn, false).await.expect("taken in");
            assert!(done.out.ends_with("taken in\tversion 1\t3 rows\n"), "{done:?}");
            assert_eq!(counts().await, [2, 0]);

            std::fs::write(folder.join("later.csv"), ACTIVITY.replace(",4.5\n", ",9\n")).expect("written");
            let both = all_of(std::slice::from_ref(&folder)).expect("found");
            let twice = import(&here.state, &both, Unknown::TakeIn, false).await.expect("taken in");
            assert!(twice.err.contains("later.csv: another file of the same table"), "{twice:?}");
            assert_eq!(here.hours().await[1], ("E2".to_owned(), Some(4.5)), "the first of them stands");
            std::fs::remove_file(folder.join("later.csv")).expect("removed");
            let waiting = || uploads::all(&here.state, i64::MAX, 100);
            let stranger = ACTIVITY.replace("E1", "E7").replace("E2", "E8");
            std::fs::write(folder.join("days.CSV"), stranger).expect("written");
            import(&here.state, &all, Unknown::LeaveOut, false).await.expect_err("nobody of it is known");
            let left = waiting().await.expect("reads");
            assert!(left.iter().all(|upload| !upload.standing.waits()), "nothing waits: {left:?}");

            std::fs::write(folder.join("days.CSV"), "mood\ngood\n").expect("written");
            let refused = import(&here.state, &all, Unknown::TakeIn, false).await.expect_err("no table");
            assert!(refused.to_string().contains("it was not taken in"), "{refused}");
            assert_eq!(counts().await, [4, 0], "what stood stands");
            std::fs::remove_file(folder.join("days.CSV")).expect("removed");
            assert!(all_of(&[folder]).expect_err("no table").to_string().contains(".csv or .xlsx"));
        }
    }
}
