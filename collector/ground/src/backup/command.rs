use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, FromArgMatches, Parser};

use super::making::{self, Made};
use super::progress::Progress;
use super::recovery::{Recovery, RecoveryKey};
use super::restore::{From, restore};
use super::rotation::{Rotated, rotate};
use super::verify::verify;
use super::{BackupError, recovery_path};
use crate::command::{Failed, Given, House, Said, SubjectCommand};
use crate::store::look;
use crate::{Foundation, GroundError, files};

/// Copy the database and the keys of people, encrypted, while the collector runs.
///
/// The copy of the data is a new file each time; that of the keys is overwritten, and no older one of it may be kept. Both open with the
/// recovery key only, which is made once and kept elsewhere.
#[derive(Parser)]
#[command(
    name = "backup",
    display_order = 41,
    after_help = "Examples:\n  attune-collector backup --new-recovery-key /media/stick/recovery.key\n  attune-collector backup --to \
                  /mnt/copies\n  15 3 * * * attune-collector backup    # each night, with backup.to in the configuration"
)]
struct Backup {
    /// Folder of the copies [default: backup.to].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Make a recovery key into this file, which must not be there yet. Keep it away from this machine and from the copies; copies of
    /// before open with the one of before.
    #[arg(long, value_name = "FILE")]
    new_recovery_key: Option<PathBuf>,
}

/// Check copies from end to end, and say what is in them.
///
/// Without the recovery key it is found whether they are as they were written; with it everything is opened, and with the copy of the
/// keys beside one of data also tried whether they go together. Nothing of anybody is shown.
#[derive(Parser)]
#[command(
    name = "verify",
    display_order = 42,
    after_help = "Examples:\n  attune-collector verify /mnt/copies/*.attune-backup\n  attune-collector verify --recovery-key \
                  /media/stick/recovery.key /mnt/copies/data-20260301T031500Z.attune-backup /mnt/copies/keys.attune-backup"
)]
struct Verify {
    /// The copies.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The recovery key, which opens them.
    #[arg(long, value_name = "FILE")]
    recovery_key: Option<PathBuf>,
}

/// Put copies back into an empty state folder and an empty database.
///
/// The database may be of the other kind than the one that was copied. All of it is there at the end, or nothing.
#[derive(Parser)]
#[command(
    name = "restore",
    display_order = 43,
    after_help = "Example:\n  attune-collector --state /var/lib/attune/collector restore --recovery-key /media/stick/recovery.key \
                  --from /mnt/copies/data-20260301T031500Z.attune-backup --keys /mnt/copies/keys.attune-backup"
)]
struct Restore {
    /// The copy of the data.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The copy of the keys: always the newest, whatever the age of the data.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// The recovery key, which opens them.
    #[arg(long, value_name = "FILE")]
    recovery_key: PathBuf,
}

/// Exchange the master key for a new one while no collector runs.
///
/// Where several collectors share a database, end all of them, run this on one, give its new master.key to the others, and start them
/// again. One that is killed goes on with it at the next start.
#[derive(Parser)]
#[command(
    name = "rotate-master-key",
    display_order = 44,
    after_help = "Example:\n  systemctl stop attune-collector\n  attune-collector rotate-master-key\n  systemctl start attune-collector"
)]
struct Rotate {
    /// Go on although user ids do not open: nobody is found by them any more.
    #[arg(long)]
    give_up_damaged: bool,
}

/// The commands about copies.
pub(crate) fn commands() -> Vec<SubjectCommand> {
    vec![
        SubjectCommand {
            line: Backup::command(),
            work: |line, given| Box::pin(async move { backup(Backup::from_arg_matches(&line)?, given).await }),
        },
        SubjectCommand {
            line: Verify::command(),
            work: |line, given| Box::pin(async move { verified(&Verify::from_arg_matches(&line)?, &given.house) }),
        },
        SubjectCommand {
            line: Restore::command(),
            work: |line, given| Box::pin(async move { restored(Restore::from_arg_matches(&line)?, given).await }),
        },
        SubjectCommand {
            line: Rotate::command(),
            work: |line, given| Box::pin(async move { rotated(&Rotate::from_arg_matches(&line)?, given).await }),
        },
    ]
}

async fn backup(Backup { to, new_recovery_key }: Backup, given: Given) -> Result<Said, Failed> {
    let Given { house, ground, .. } = given;
    let path = recovery_path(&house.key);
    let folder = to.or_else(|| Some(house.copies.clone()).filter(|folder| !folder.as_os_str().is_empty()));
    if let Some(file) = new_recovery_key {
        if file.try_exists().map_err(GroundError::file(&file))? {
            return Err(BackupError::There { path: file }.into());
        }
        let key = RecoveryKey::generate();
        files::write_private(&file, &key.text()).map_err(GroundError::file(&file))?;
        if let Err(error) = key.public().write(&path) {
            // Nothing was ever sealed for it.
            files::remove(&file).map_err(GroundError::file(&file))?;
            return Err(error.into());
        }
        let told = format!(
            "{} opens every copy from now on, and nothing else does: keep it away from this machine and from the copies.\nGive {} to the \
             other collectors of this database, if there are any: until then they write no copy.\n",
            file.display(),
            path.display()
        );
        // At once: it is so, whatever fails from here on.
        let _ = std::io::stderr().write_all(told.as_bytes());
        // Where no database is there yet, no copy was made of it, either.
        let is_there = look(&house.urls.database).await?.is_some();
        if folder.is_none() && !is_there {
            return Ok(Said::default());
        }
        let opened = ground.await?;
        opened.store.note_recovery(key.public().bytes()).await?;
        let Some(folder) = folder else {
            opened.store.close().await;
            return Ok(Said::default());
        };
        return copied(opened, &folder, key.public()).await;
    }
    let recovery = Recovery::read(&path)?;
    let folder = folder.ok_or(BackupError::Nowhere)?;
    copied(ground.await?, &folder, recovery).await
}

async fn copied(ground: Foundation, folder: &Path, recovery: Recovery) -> Result<Said, Failed> {
    let progress = Progress::open("copied");
    let made = async {
        let data = making::data(&ground, (folder, recovery), &progress).await?;
        Ok::<_, BackupError>([data, making::keys(&ground, (folder, recovery), &progress).await?])
    };
    let made = made.await;
    drop(progress);
    ground.store.close().await;
    let [data, keys] = made?;
    Ok(Said { out: told(&data) + &told(&keys), err: String::new() })
}

fn told(Made { written, rows, .. }: &Made) -> String {
    format!("{}: {rows} rows, {} bytes\n", written.path.display(), written.bytes)
}

fn verified(Verify { files, recovery_key }: &Verify, house: &House) -> Result<Said, Failed> {
    let recovery = recovery_key.as_deref().map(RecoveryKey::read).transpose()?;
    let samples: Vec<_> = house.carried.iter().flat_map(|carried| carried.samples).copied().collect();
    Ok(Said { out: verify(files, recovery.as_ref(), &samples)?, err: String::new() })
}

async fn restored(Restore { from, keys, recovery_key }: Restore, given: Given) -> Result<Said, Failed> {
    let recovery = RecoveryKey::read(&recovery_key)?;
    let from = From { data: &from, keys: &keys, recovery: &recovery };
    Ok(Said { out: restore(&given.state, &given.house, from).await?, err: String::new() })
}

async fn rotated(Rotate { give_up_damaged }: &Rotate, given: Given) -> Result<Said, Failed> {
    let Given { state, house, ground, .. } = given;
    let Rotated { keys, damaged, unopened } = rotate(&state, &house, *give_up_damaged).await?;
    let mut said = Said {
        out: format!("The master key is another one; the keys of {keys} people lie under it.\n"),
        err: "Give the new master.key to the other collectors of this database before they start.\n".into(),
    };
    if damaged > 0 {
        said.err += &format!("{damaged} keys did not open before, either, and are as they were.\n");
    }
    if unopened > 0 {
        said.err += &format!("{unopened} user ids did not open: nobody is found by them any more.\n");
    }
    let ground = ground.await?;
    let made = renew_key_copy(&ground, &house).await;
    ground.store.close().await;
    match made? {
        Some(made) => said.out += &made,
        None => {
            said.err += "The copy of the keys has the master key of before: renew it with `attune-collector backup`.\n"
        }
    }
    Ok(said)
}

/// Renews the copy of the keys where it is known where that lies and what opens it, and says so; else there is nothing to be said.
///
/// # Errors
/// When it cannot be written: the one of before is as it was.
pub async fn renew_key_copy(ground: &Foundation, house: &House) -> Result<Option<String>, Failed> {
    let path = recovery_path(&house.key);
    if house.copies.as_os_str().is_empty() || !path.exists() {
        return Ok(None);
    }
    let made = making::keys(ground, (&house.copies, Recovery::read(&path)?), &Progress::hidden()).await?;
    Ok(Some(told(&made)))
}
