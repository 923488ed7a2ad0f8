//! A mosquitto of somebody else's is told who may do what there: each device as itself by its password, who is not enrolled yet to ask
//! for that, and the collectors. Nothing is asked of devices for it: what each shows, its collector computes
//! ([`attune_protocol::login`]).
//!
//! The files are written anew when a device is enrolled, revoked or erased, or has another key, or has taken another one of the collector:
//! there is one line a device, and it is of the key with which it is spoken to this one. mosquitto reads them again at SIGHUP, and
//! then cuts off who is not let in any more; that is up to who runs it, for it is another user's program, mostly in a container of its
//! own (`collector/deploy/compose/broker.sh`).

mod command;
mod files;
mod lines;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::keys::OwnKeys;
use attune_ground::store::Store;
use attune_people::accounts::{self, KeysMark};
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::PublicKey;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::{Login, Outside};
use crate::SensingError;
use files::Texts;

pub(crate) use command::command;

/// How often it is looked whether somebody has come or gone.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks the files are compared whatever it looks like: somebody may have removed them.
const COMPARED: u32 = 60;

/// Who is let in, as it was written last.
struct Admitted {
    store: Store,
    own: Arc<OwnKeys>,
    login: Option<Login>,
    /// The line of each device, by its key and the one of the collector with which it is spoken to it: hashing takes time.
    lines: BTreeMap<DeviceId, (Whose, Option<String>)>,
}

type Whose = (PublicKey, PublicKey);

impl Admitted {
    fn new(store: Store, own: Arc<OwnKeys>, login: Option<Login>) -> Self {
        Self { store, own, login, lines: BTreeMap::new() }
    }

    /// The files as they should be now.
    async fn texts(&mut self) -> Result<Texts, SensingError> {
        let devices = accounts::all_keys(&self.store, &self.own.held().identity).await?;
        // Behind that: whatever they pin is among these, unless it was destroyed since.
        let held = self.own.refresh(&self.store).await?;
        let (mut known, login) = (std::mem::take(&mut self.lines), self.login.clone());
        let made = tokio::task::spawn_blocking(move || {
            let lines = devices.into_iter().map(|(device, (key, pinned))| {
                let own = held.speaks_to(&pinned);
                let whose = (key, own.public());
                let line = match known.remove(&device) {
                    Some((of, line)) if of == whose => line,
                    _ => lines::device((device, &key), &own),
                };
                (device, (whose, line))
            });
            let lines: BTreeMap<_, _> = lines.collect();
            let collectors = login.as_ref().map(|login| lines::collectors(login, &held.identity));
            let passwords = collectors.into_iter().chain(lines.values().filter_map(|(_, line)| line.clone())).collect();
            (Texts { rules: lines::rules(login.as_ref()), passwords }, lines)
        });
        let (texts, lines) = made.await.map_err(|_| SensingError::Broker("hash the passwords of devices".into()))?;
        self.lines = lines;
        Ok(texts)
    }

    /// What is another one when the texts may be.
    async fn mark(&self) -> Result<KeysMark, SensingError> {
        let held = self.own.refresh(&self.store).await?;
        Ok(KeysMark::now(&self.store, &held).await?)
    }

    /// Writes what is another; gives whether something was.
    async fn write(&mut self, folder: &Path) -> Result<bool, SensingError> {
        let (texts, into) = (self.texts().await?, folder.to_owned());
        let written = tokio::task::spawn_blocking(move || texts.write(&into)).await;
        written
            .unwrap_or_else(|ended| Err(std::io::Error::other(ended)))
            .map_err(|error| SensingError::Broker(format!("write into broker.acl, {}: {error}", folder.display())))
    }
}

/// Keeps the files in their folder as they should be, until `stop` says so. None: nothing is to be kept.
///
/// # Errors
/// When the password of the collectors cannot be read.
pub(crate) fn keep_told(
    outside: &Outside,
    (store, own): (Store, Arc<OwnKeys>),
    mut stop: watch::Receiver<bool>,
) -> Result<Option<impl Future<Output = ()> + Send + use<>>, SensingError> {
    let Some(folder) = outside.acl.clone() else { return Ok(None) };
    let login = outside.login.as_ref().map(Login::read).transpose()?;
    let mut admitted = Admitted::new(store, own, login);
    Ok(Some(async move {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut written, mut since, mut fails) = (None, 0, false);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let now = admitted.mark().await.ok();
            since += 1;
            if now.is_some() && now == written && since < COMPARED {
                continue;
            }
            since = 0;
            let done = admitted.write(&folder).await;
            admitted.store.chores().note(Chore::TellingBroker, &done);
            // The first failure of a row is told; health tells of it meanwhile.
            let failed_before = std::mem::replace(&mut fails, done.is_err());
            match &done {
                Ok(true) => tracing::info!(folder = %folder.display(), "Wrote whom the broker lets in."),
                Err(error) if !failed_before => {
                    tracing::error!(
                        "What the broker is told of devices is not up to date, and is tried again: failed to {error}"
                    );
                }
                _ => {}
            }
            written = now.filter(|_| done.is_ok());
        }
    }))
}

#[cfg(test)]
mod tests {
    use attune_people::accounts::revoke;
    use attune_protocol::collector_key::CollectorKeyTaken;
    use attune_protocol::login;
    use attune_protocol::sign::KeyPair;
    use tokio::time::timeout;

    use super::*;
    use crate::ingest::IngestContext;
    use crate::testing::{Device, Fixture};

    /// What stands in a file of a folder.
    fn text(folder: &Path, name: &str) -> String {
        std::fs::read_to_string(folder.join(name)).unwrap_or_default()
    }

    async fn comes(is_so: impl Fn() -> bool) {
        let so = async {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), so).await.expect("it comes");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_is_let_in_follows_who_is_enrolled_and_not_revoked_on_each_database() {
        for fixture in Fixture::each().await {
            let place = tempfile::tempdir().expect("a folder");
            let (folder, secret) = (place.path().join("broker"), place.path().join("password"));
            std::fs::write(&secret, "of collectors\n").expect("written");
            let outside = Outside {
                url: "mqtt://127.0.0.1:1".into(),
                login: Some(("collectors".into(), secret)),
                acl: Some(folder.clone()),
            };
            let (stop, stopped) = watch::channel(false);
            let ground = (fixture.context.store.clone(), Arc::clone(&fixture.context.own));
            let keeping = keep_told(&outside, ground, stopped).expect("the password reads").expect("a folder is named");
            let keeping = tokio::spawn(keeping);
            let passwords = || text(&folder, files::PASSWORDS);
            comes(|| text(&folder, files::RULES).contains("user collectors")).await;
            assert!(passwords().starts_with("collectors:$7$") && passwords().lines().count() == 1);

            let (alice, bob) = (fixture.device("alice").await, fixture.device("bob").await);
            let named = |device: DeviceId| passwords().contains(&format!("{}:$7$", login::name(device)));
            comes(|| named(alice.id) && named(bob.id)).await;
            assert!(revoke(&fixture.context.store, alice.id).await.expect("revoked"));
            comes(|| !named(alice.id)).await;
            assert!(named(bob.id));

            // Who comes later, after a restart, finds it as it is.
            let mut anew = Admitted::new(
                fixture.context.store.clone(),
                Arc::clone(&fixture.context.own),
                outside.login.as_ref().map(Login::read).transpose().expect("reads"),
            );
            assert!(!anew.write(&folder).await.expect("compared"), "the same for the same");
            stop.send(true).expect("it listens");
            timeout(Duration::from_secs(5), keeping).await.expect("in time").expect("ends");
        }
    }

    /// The line of a device that pins this key of the collector.
    fn line(of: &Device, collector: &KeyPair) -> String {
        lines::device((of.id, &of.key.public()), collector).expect("it is a key")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_line_of_a_device_is_of_the_collectors_key_that_it_pins_on_each_database() {
        for fixture in Fixture::each().await {
            let IngestContext { store, own, .. } = &fixture.context;
            let (device, other) = (fixture.device("alice").await, fixture.device("bob").await);
            let mut admitted = Admitted::new(store.clone(), Arc::clone(own), None);
            let (first, before) = (own.signing(), admitted.texts().await.expect("made"));
            assert!([&device, &other].iter().all(|of| before.passwords.contains(&line(of, &first))));
            fixture.exchange_signing_key().await;
            let (next, mark) = (own.signing(), admitted.mark().await.expect("reads"));
            assert_eq!(admitted.texts().await.expect("made"), before, "neither has taken the new one");

            let taken = CollectorKeyTaken { device: device.id, enrolment: device.enrolment, key: next.public() };
            assert!(accounts::pin(store, &taken).await.expect("noted"));
            let pinned = admitted.mark().await.expect("reads");
            assert_ne!(pinned, mark);
            let texts = admitted.texts().await.expect("made");
            let mut expected = [(device.id, line(&device, &next)), (other.id, line(&other, &first))];
            expected.sort();
            assert_eq!(texts.passwords, expected.map(|(_, line)| line).concat());

            let mut transaction = store.begin().await.expect("begins");
            OwnKeys::forget_former(&mut transaction).await.expect("forgotten");
            transaction.commit().await.expect("commits");
            assert_ne!(admitted.mark().await.expect("reads"), pinned);
            let texts = admitted.texts().await.expect("made");
            let mut expected = [(device.id, line(&device, &next)), (other.id, line(&other, &next))];
            expected.sort();
            assert_eq!(texts.passwords, expected.map(|(_, line)| line).concat());
            assert!(
                !texts.passwords.contains(&line(&other, &first)),
                "by what it pins who is left behind is not let in"
            );

            // As a copy of before has it: they are noted with another, and the exchange that goes on is told by the former one.
            fixture.exchange_signing_key().await;
            sqlx::query("UPDATE devices SET collector_key = $1")
                .bind([7_u8; 32].to_vec())
                .execute(store.pool())
                .await
                .expect("written");
            assert_eq!(admitted.texts().await.expect("made"), texts);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_that_cannot_be_written_is_told_as_work_that_fails_on_each_database() {
        for fixture in Fixture::each().await {
            let place = tempfile::tempdir().expect("a folder");
            let outside = Outside { url: String::new(), login: None, acl: Some(place.path().join("no/such/folder")) };
            let (_stop, stopped) = watch::channel(false);
            let store = fixture.context.store.clone();
            let ground = (store.clone(), Arc::clone(&fixture.context.own));
            let keeping = keep_told(&outside, ground, stopped).expect("nothing to read").expect("a folder is named");
            let keeping = tokio::spawn(keeping);
            let fails = || store.chores().failing().iter().any(|(chore, _)| *chore == Chore::TellingBroker);
            comes(fails).await;
            std::fs::create_dir_all(place.path().join("no/such")).expect("made");
            comes(|| !fails()).await;
            keeping.abort();
        }
    }
}
