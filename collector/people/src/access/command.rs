//! `audit`: whether the logs of consents and of access are as they were written, here or in a copy.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use attune_ground::keys::OwnKeys;
use attune_ground::ledger::{self, Checked, Copy, Ledger, sign_copy};
use attune_ground::store::Store;
use attune_ground::time::{now_millis, rfc3339};
use attune_ground::{Failed, Foundation, Given, GroundError, Said, SubjectCommand, files};
use attune_protocol::sign::KeyPair;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use data_encoding::HEXLOWER;

use super::LEDGERS;
use crate::PeopleError;

/// Look whether the ledgers of consent and of access are as they were written.
#[derive(Parser)]
#[command(
    name = "audit",
    display_order = 52,
    after_help = "Examples:\n  attune-collector audit verify\n  attune-collector audit export ledgers.jsonl\n  \
        attune-collector audit verify ledgers.jsonl\n  attune-collector audit verify --since ledgers.jsonl"
)]
struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Check every entry, of the database or of a copy; the first that does not hold is named.
    Verify {
        /// A copy that `audit export` made; nothing else is needed to check it.
        file: Option<PathBuf>,
        /// The public key of the collector that is to have signed the copy, hexadecimal.
        #[arg(long, value_name = "KEY", requires = "file")]
        key: Option<String>,
        /// A copy that was made earlier: the database must still hold all that it held then. Who can write the database can cut off
        /// its end and everything that tells of it; only a copy elsewhere shows that.
        #[arg(long, value_name = "COPY", conflicts_with = "file")]
        since: Option<PathBuf>,
    },
    /// Write a signed copy of both ledgers; it holds no data that could be read without people's keys.
    Export {
        /// The file to write; it must not be there yet.
        file: PathBuf,
    },
}

/// Why the ledgers do not hold.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("follow {0}")]
    Broken(String),
    #[error("believe the copy: it was signed with the key {0}, which is another one")]
    OtherKey(String),
    #[error("believe the copy: it holds the ledger of {0} not once")]
    NotOnce(&'static str),
    #[error("write {0}: it is there already")]
    There(PathBuf),
}

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Audit::command(),
        work: |line, given| Box::pin(async move { run(Audit::from_arg_matches(&line)?.what, given).await }),
    }
}

async fn run(what: What, given: Given) -> Result<Said, Failed> {
    match what {
        What::Verify { file: Some(file), key, .. } => verify_copy(&file, key.as_deref()),
        What::Verify { file: None, since, .. } => {
            let since = since.map(|copy| checked(&copy)).transpose()?;
            let Foundation { store, own, .. } = given.ground.await?;
            // Anybody can sign a copy that says less.
            let others = since.as_ref().map(|copy| copy.public_key).filter(|key| *key != own.signing().public());
            let mut of_before = String::new();
            if let Some(key) = others {
                let until = OwnKeys::signed_until(&store, &key).await?;
                let until = until.ok_or_else(|| Refused::OtherKey(HEXLOWER.encode(&key)))?;
                of_before = format!("The copy is signed with a key that the collector had until {}.\n", rfc3339(until));
            }
            let said = verify(&store, since.as_ref()).await;
            store.close().await;
            said.map(|said| Said { err: of_before + &said.err, ..said })
        }
        What::Export { file } => {
            let Foundation { store, own, .. } = given.ground.await?;
            let key = own.signing();
            let text = copy(&store, &key).await;
            store.close().await;
            if file.try_exists().map_err(GroundError::file(&file))? {
                return Err(Refused::There(file).into());
            }
            files::write_private(&file, &text?).map_err(GroundError::file(&file))?;
            let err = format!("Written, signed with the key {}.\n", HEXLOWER.encode(&key.public()));
            Ok(Said { out: String::new(), err })
        }
    }
}

async fn verify(store: &Store, since: Option<&Checked>) -> Result<Said, Failed> {
    let (mut out, mut broken) = (String::new(), Vec::new());
    let mut connection = store.pool().acquire().await.map_err(GroundError::from)?;
    for ledger in LEDGERS {
        let name = ledger.name;
        let head = ledger.head(&mut connection).await?;
        if let Some(place) = ledger.first_broken(&mut connection).await? {
            broken.push(format!("the ledger of {name}: entry {place} is not what was written there, or is missing"));
            continue;
        }
        let then = since.and_then(|copy| copy.ledgers.iter().find(|(of, _)| of == name));
        if let Some((_, then)) = then
            && !ledger.holds(&mut connection, then).await?
        {
            broken.push(format!(
                "the ledger of {name}: it does not hold the {} entries of the copy any more",
                then.entries
            ));
            continue;
        }
        out += &whole(name, &head);
    }
    if broken.is_empty() {
        Ok(Said { out, err: String::new() })
    } else {
        Err(Refused::Broken(broken.join("; ")).into())
    }
}

fn whole(name: &str, ledger::Head { entries, hash }: &ledger::Head) -> String {
    format!("{name}: whole, {entries} entries, ends with {}\n", HEXLOWER.encode(hash))
}

fn checked(file: &Path) -> Result<Checked, Failed> {
    let reader = BufReader::new(File::open(file).map_err(GroundError::file(file))?);
    let known = LEDGERS.map(|ledger| *ledger);
    let checked = ledger::check(reader, &known)?;
    for Ledger { name, .. } in LEDGERS {
        if checked.ledgers.iter().filter(|(of, _)| of == name).count() != 1 {
            return Err(Refused::NotOnce(name).into());
        }
    }
    Ok(checked)
}

fn verify_copy(file: &Path, key: Option<&str>) -> Result<Said, Failed> {
    let Checked { at, public_key, ledgers } = checked(file)?;
    let signed_by = HEXLOWER.encode(&public_key);
    if key.is_some_and(|key| !key.eq_ignore_ascii_case(&signed_by)) {
        return Err(Refused::OtherKey(signed_by).into());
    }
    let out = ledgers.iter().map(|(name, head)| whole(name, head)).collect();
    Ok(Said { out, err: format!("A copy of {}, signed with the key {signed_by}.\n", rfc3339(at)) })
}

/// A signed copy of every ledger, as a file of lines.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn copy(store: &Store, key: &KeyPair) -> Result<String, PeopleError> {
    let mut copy = Copy::new(now_millis(), key);
    let mut connection = store.pool().acquire().await?;
    for ledger in LEDGERS {
        let head = ledger.head(&mut connection).await?;
        copy.begin(ledger, &head);
        let mut from = 0;
        while from < head.entries {
            let page = ledger.page(&mut connection, from, head.entries).await?;
            // One that does not read is missing in the copy, which names it when it is checked.
            let Some(last) = page.iter().flatten().map(|(entry, _)| entry.place).next_back() else { break };
            page.into_iter().flatten().for_each(|(entry, hash)| copy.entry(entry, &hash));
            from = last + 1;
        }
    }
    Ok(sign_copy(copy, key))
}
