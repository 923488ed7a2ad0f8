//! Puts copies back into an empty state folder and an empty database. What says that it is under way goes last: until then nothing
//! starts, and what was cut short is begun anew.

use std::collections::BTreeMap;
use std::path::Path;

use attune_protocol::ids::PersonId;
use attune_protocol::sign::{KeyPair, PublicKey};
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::making::MASTER;
use super::progress::Progress;
use super::recovery::RecoveryKey;
use super::rows::{About, Contents, Frame};
use super::sealed::Holds;
use super::verify::opened;
use super::{BackupError, recovery_path};
use crate::command::House;
use crate::foundation::restoring;
use crate::keys::{MasterKey, OwnKeys};
use crate::store::{
    Alone, FORMER, IDENTITY, KEYS, Loading, Migrations, SIGNING, Table, Value, clear, is_empty, is_of_restore, place,
};
use crate::time::{now_millis, rfc3339};
use crate::{Foundation, GroundError, StateFolder, files};

/// Rows that are put in at a time.
const ROWS: usize = 64;
/// Older than this, and the clock of the machine is doubted at the start.
const DOUBTED_MILLIS: i64 = 7 * 24 * 3_600_000;

/// The copies that are put back.
pub(super) struct From<'a> {
    pub(super) data: &'a Path,
    pub(super) keys: &'a Path,
    pub(super) recovery: &'a RecoveryKey,
}

/// Puts data and keys back; gives what is to be said.
pub(super) async fn restore(state: &Path, house: &House, from: From<'_>) -> Result<String, BackupError> {
    let folder = StateFolder::take(state)?;
    let Some(alone) = Alone::on(&house.urls).await? else {
        return Err(BackupError::AtWork { place: place(&house.urls.database)? });
    };
    let restored = restore_alone(folder, house, &from).await;
    alone.end().await;
    restored
}

async fn restore_alone(folder: StateFolder, house: &House, from: &From<'_>) -> Result<String, BackupError> {
    let mark = restoring(&house.key);
    let places = format!("database = {:?}\nkeys = {:?}\n", place(&house.urls.database)?, place(&house.urls.keys)?);
    empty(house, &mark, &places).await?;
    let id = HEXLOWER.encode(&PersonId::random().0);
    files::write_private(&mark, &format!("id = {id:?}\n{places}")).map_err(GroundError::file(&mark))?;
    let done = put_back(house, from, &id).await;
    let said = match done {
        Ok(said) => said,
        Err(error) => {
            // Whoever tries again finds it as empty as it was.
            let cleared = cleared(house, &id).await;
            if cleared.is_ok() {
                files::remove(&mark).map_err(GroundError::file(&mark))?;
                folder.give_back()?;
            }
            return Err(error);
        }
    };
    files::remove(&mark).and_then(|()| files::sync_folder(mark.parent())).map_err(GroundError::file(&mark))?;
    folder.give_back()?;
    Ok(said)
}

/// Holds that nothing is there, once what a restore that was cut short has left is gone.
async fn empty(house: &House, mark: &Path, places: &str) -> Result<(), BackupError> {
    if mark.try_exists().map_err(GroundError::file(mark))? {
        let theirs = std::fs::read_to_string(mark).map_err(GroundError::file(mark))?;
        let marked = theirs.strip_prefix("id = \"").and_then(|rest| rest.split_once("\"\n"));
        match marked.filter(|(_, marked)| *marked == places) {
            Some((id, _)) => cleared(house, id).await?,
            None => {
                let what = format!(
                    "a restore of before into other databases, as {} says, which it may have filled,",
                    mark.display()
                );
                return Err(BackupError::NotEmpty { what });
            }
        }
    }
    let not_empty = |what: String| Err(BackupError::NotEmpty { what });
    if house.key.try_exists().map_err(GroundError::file(&house.key))? {
        return not_empty(house.key.display().to_string());
    }
    for url in [&house.urls.database, &house.urls.keys] {
        if !is_empty(url).await? {
            return not_empty(format!("a database at {}", place(url)?));
        }
    }
    Ok(())
}

/// Removes what a restore has made, by its id, and nothing where another one has filled either database since.
async fn cleared(house: &House, id: &str) -> Result<(), BackupError> {
    for url in [&house.urls.database, &house.urls.keys] {
        if !is_of_restore(url, id).await? {
            return Err(BackupError::NotEmpty { what: format!("a database of somebody else at {}", place(url)?) });
        }
    }
    clear(&house.urls.database).await?;
    clear(&house.urls.keys).await?;
    Ok(files::remove(&house.key).map_err(GroundError::file(&house.key))?)
}

async fn put_back(house: &House, from: &From<'_>, id: &str) -> Result<String, BackupError> {
    let (data, keys) = (from.data, from.keys);
    let kept = load(keys, from.recovery, Holds::Keys, (&house.urls.keys, &[&KEYS], None), (None, id)).await;
    let kept = kept.map_err(BackupError::of(keys))?;
    let master =
        kept.master.as_ref().ok_or(BackupError::Odd("it holds no master key")).map_err(BackupError::of(keys))?;
    let sealing = Some(master);
    let to = (house.urls.database.as_str(), house.migrations.as_slice(), sealing);
    let loaded = load(data, from.recovery, Holds::Data, to, (Some(&kept), id)).await;
    let loaded = loaded.map_err(BackupError::of(data))?;
    if loaded.about.collector != kept.about.collector {
        return Err(BackupError::of(keys)(BackupError::Foreign));
    }
    let exchanged = signed_before(&loaded, &kept);
    // The keys first: a database without its keys does not start, and keys without their database are taken by none.
    kept.loading.end().await.map_err(|error| BackupError::of(keys)(error.into()))?;
    loaded.loading.end().await.map_err(|error| BackupError::of(data)(error.into()))?;
    let unopened = carry(house, master, loaded.about.master != kept.about.master, &exchanged).await?;
    from.recovery.public().write(&recovery_path(&house.key))?;
    Ok(told(&loaded.about, &kept.about, (loaded.rows, unopened)))
}

/// What was read of a copy into a database that is not there yet.
struct Loaded {
    loading: Loading,
    about: About,
    master: Option<MasterKey>,
    /// The collectors' signing keys by name: those that are kept with the keys of people, and of the data those that were left out for
    /// them.
    signing: Vec<(String, Zeroizing<[u8; 32]>)>,
    rows: u64,
}

/// What of the collectors' own secrets devices pin. Of data and keys the later copy has those that they pin now.
const SIGNS: [&str; 3] = [IDENTITY, SIGNING, FORMER];

async fn load(
    path: &Path,
    recovery: &RecoveryKey,
    wanted: Holds,
    (url, subjects, sealing): (&str, &[&'static Migrations], Option<&MasterKey>),
    (kept, id): (Option<&Loaded>, &str),
) -> Result<Loaded, BackupError> {
    let (file, size) = opened(path)?;
    let progress = Progress::of("restored", size);
    let mut contents = Contents::open(progress.reading(file), recovery)?;
    let (holds, about) = (contents.label().holds, contents.about.clone());
    if holds != wanted {
        return Err(BackupError::Other { found: holds.words(), wanted: wanted.words() });
    }
    let mut loading = Loading::begin(url, subjects, &about.applied, id).await?;
    let tables: BTreeMap<String, Table> =
        loading.tables().iter().map(|table| (table.name.clone(), table.clone())).collect();
    let exchanged = kept.filter(|kept| !kept.signing.is_empty() && kept.about.made_at >= about.made_at);
    if let (Some(kept), Some(master)) = (exchanged, sealing) {
        for (name, secret) in &kept.signing {
            loading.put_secret(name, master.wrap(name.as_bytes(), secret)).await?;
        }
    }
    let (mut master, mut signing, mut all) = (None, Vec::new(), 0);
    let (mut table, mut count, mut waiting): (Option<Table>, u64, Vec<Vec<Value>>) =
        (None, 0, Vec::with_capacity(ROWS));
    while let Some(frame) = contents.frame()? {
        match frame {
            Frame::Secret(name, secret) if holds == Holds::Keys && name == MASTER => {
                master = Some(MasterKey::from_secret(*secret));
            }
            Frame::Secret(name, secret) if holds == Holds::Keys && SIGNS.contains(&name.as_str()) => {
                signing.push((name, secret));
            }
            Frame::Secret(name, secret) if exchanged.is_some() && SIGNS.contains(&name.as_str()) => {
                signing.push((name, secret));
            }
            Frame::Secret(name, secret) => {
                let sealed = sealing.map(|master| master.wrap(name.as_bytes(), &secret));
                let sealed = sealed.ok_or(BackupError::Odd("a secret is none of its kind"))?;
                loading.put_secret(&name, sealed).await?;
            }
            Frame::Table(next) => {
                if tables.get(&next.name).is_none_or(|there| there.sorted() != next.sorted()) {
                    return Err(BackupError::OtherTable { table: next.name, program: about.program });
                }
                (table, count) = (Some(next), 0);
            }
            Frame::Row(row) => {
                count += 1;
                waiting.push(row);
                let Some(table) = &table else { return Err(BackupError::Odd("a row stands in no table")) };
                if waiting.len() == ROWS {
                    loading.insert(table, &waiting).await?;
                    waiting.clear();
                }
            }
            Frame::TableEnd(rows) => {
                let ended = table.take().ok_or(BackupError::Odd("a table ends that was not begun"))?;
                loading.insert(&ended, &waiting).await?;
                waiting.clear();
                if rows != count {
                    return Err(BackupError::Odd("a table has another number of rows than it should"));
                }
                all += rows;
            }
            Frame::End(rows) if rows != all => return Err(BackupError::Odd("rows are missing")),
            Frame::End(_) => {}
        }
    }
    Ok(Loaded { loading, about, master, signing, rows: all })
}

/// With which keys the collectors have signed before those that are kept, and until when at the latest: the data are of before, and name
/// none that was exchanged since.
fn signed_before(data: &Loaded, kept: &Loaded) -> Vec<(PublicKey, i64)> {
    let public = |secret: &Zeroizing<[u8; 32]>| KeyPair::from_secret(secret).public();
    let of = |loaded: &Loaded, wanted: &str| {
        let found = loaded.signing.iter().find(|(name, _)| name == wanted);
        found.map(|(_, secret)| public(secret))
    };
    let now = of(kept, SIGNING);
    let before = of(data, SIGNING).map(|key| [Some(key), of(kept, FORMER)]).into_iter().flatten().flatten();
    before.filter(|key| Some(*key) != now).map(|key| (key, kept.about.made_at)).collect()
}

/// Writes the master key, and lets each subject put in order what must not be as it was. Gives how many rows did not open for that.
async fn carry(
    house: &House,
    master: &MasterKey,
    is_another: bool,
    exchanged: &[(PublicKey, i64)],
) -> Result<u64, BackupError> {
    master.write(&house.key)?;
    // One of an earlier version is brought to this one.
    let ground = Foundation::on(master.clone(), &house.urls, &house.migrations).await?;
    let (mut unopened, held) = (0, ground.own.held());
    let mut transaction = ground.store.begin().await?;
    for (key, until) in exchanged {
        OwnKeys::note_former(&mut transaction, key, *until).await?;
    }
    for carried in &house.carried {
        if is_another {
            unopened += (carried.rekey)(&mut transaction, &ground.people).await?;
        }
        (carried.put_back)(&mut transaction, &held).await?;
    }
    transaction.commit().await?;
    ground.store.close().await;
    Ok(unopened)
}

fn told(data: &About, keys: &About, (rows, unopened): (u64, u64)) -> String {
    let mut said = format!(
        "Restored {rows} rows as they were at {}, with the keys of {}. Start the collector: who was erased since is erased again, devices \
         send what they still hold, and everybody signs in anew.\n",
        rfc3339(data.made_at),
        rfc3339(keys.made_at)
    );
    if keys.made_at < data.made_at {
        said += "The keys are older than the data: who joined between does not open, and who was erased between does. Use the newest.\n";
    }
    if now_millis() - data.made_at > DOUBTED_MILLIS {
        said += "The data are older than seven days, so that the clock of this machine will be doubted: look at `date`, and say that it is \
                 right with `attune-collector trust-clock`.\n";
    }
    if unopened > 0 {
        said += &format!("{unopened} user ids did not open: nobody is found by them any more.\n");
    }
    said
}
