use std::sync::Arc;
use std::time::Duration;

use attune_analysis::networks::Networks;
use attune_ground::http::Traffic;
use attune_ground::http::body::Bodies;
use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::Store;
use attune_ground::tasks::Tasks;
use attune_protocol::broker::BrokerAddress;
use attune_protocol::ids::DeviceId;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;

use crate::analyze::{Desk, Repeats};
use crate::broker::{self, Broker, GateWatch, Started};
use crate::health::Health;
use crate::ingest::{self, Counters, IngestContext, Queue};
use crate::models::Loaded;
use crate::pool::Pool;
use crate::rooms::{Parts, Rooms};
use crate::sessions::{FusedWindow, Fuser, Shelf};
use crate::stats::{Board, Meter};
use crate::{SensingError, Settings};

/// How long the broker may take to accept us at the start.
const BROKER_ANSWERS: Duration = Duration::from_secs(10);

/// Broker, ingest and fusion at work.
pub struct Running {
    /// Where agents find the broker.
    pub broker: BrokerAddress,
    /// What the handlers need.
    pub rooms: Rooms,
    started: Started,
    fuser: Fuser,
    mqtt: ingest::Mqtt,
    telling: JoinHandle<()>,
    wishing: JoinHandle<()>,
    pacing: JoinHandle<()>,
    signing: JoinHandle<()>,
    ingest: JoinHandle<()>,
    fusing: JoinHandle<()>,
    forgetting: JoinHandle<()>,
    admitting: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts the work, which goes on until `stop` says so. Whether the broker has accepted us tells
    /// [`Running::wait_for_broker`].
    ///
    /// # Errors
    /// When an address cannot be used.
    pub fn start(
        settings: Settings,
        (store, people, own): (Store, PersonKeys, Arc<OwnKeys>),
        networks: Networks,
        (bodies, traffic): (Bodies, Arc<Traffic>),
        (tasks, stop): (&Tasks, &watch::Receiver<bool>),
    ) -> Result<Self, SensingError> {
        let started = broker::start(&settings.broker, (store.clone(), Arc::clone(&own)), tasks)?;
        let told = match &settings.broker {
            Broker::Embedded(_) => None,
            Broker::External(outside) => broker::keep_told(outside, (store.clone(), Arc::clone(&own)), stop.clone())?,
        };
        let admitting = told.map(|told| tasks.spawn("whom the broker lets in", told));
        let client_id = format!("attune-collector-{}", DeviceId::random());
        let (counters, fusion) = (Arc::<Counters>::default(), Arc::<Notify>::default());
        let queue = Arc::<Queue>::default();
        let heard = (Arc::clone(&queue), Arc::clone(&counters));
        let (mqtt, answers) = ingest::connect(&started.access, &client_id, settings.group.as_deref(), heard, tasks);
        let fuser = Fuser::new(store.clone(), people.clone(), settings.profile, Arc::clone(&fusion));
        let context = IngestContext {
            store: store.clone(),
            people: people.clone(),
            own,
            profile: settings.profile,
            guesses: Arc::default(),
            strangers: Arc::default(),
            told: Arc::default(),
            counters: Arc::clone(&counters),
            fusion,
        };
        let telling = tasks.spawn(
            "withdrawals in the browser",
            ingest::tell_withdrawals(context.clone(), answers.clone(), stop.clone()),
        );
        let wishing =
            tasks.spawn("what people chose", ingest::tell_wishes(context.clone(), answers.clone(), stop.clone()));
        let pacing = tasks.spawn(
            "how fast devices send",
            ingest::tell_pace(context.clone(), Arc::clone(&queue), answers.clone(), stop.clone()),
        );
        let signing = tasks.spawn(
            "the signing key",
            ingest::tell_signing_key(context.clone(), mqtt.link.clone(), answers.clone(), stop.clone()),
        );
        let waiting = Arc::clone(&queue);
        let ingest = tasks.spawn("ingest", ingest::work(context, queue, answers, stop.clone()));
        let fusing = tasks.spawn("fusion", fuser.clone().work(stop.clone()));
        let meter = Arc::<Meter>::default();
        let shelf = Shelf::new(store.clone(), people.clone());
        let analyze = Desk {
            store: store.clone(),
            people,
            profile: settings.profile,
            networks: networks.clone(),
            pool: Pool::new(settings.threads, settings.queue),
            bodies,
            meter: Arc::clone(&meter),
            repeats: Repeats::default(),
        };
        let of_sessions = shelf.clone().forget_what_is_gone(stop.clone());
        let of_answers = analyze.clone().forget_what_is_gone(shelf.deleted(), stop.clone());
        let forgetting = tasks.spawn("memory of sessions", async move {
            tokio::join!(of_sessions, of_answers);
        });
        let health = Health {
            store: store.clone(),
            state: settings.state,
            profile: settings.profile,
            models: networks.list().into_iter().map(Into::into).collect(),
            link: mqtt.link.clone(),
            counters: Arc::clone(&counters),
            gate: started.gate(),
        };
        let rooms = Rooms(Arc::new(Parts {
            stats: Board { store, meter, counters, waiting, gate: started.gate(), traffic, health: health.clone() },
            health,
            models: Loaded(networks),
            sessions: shelf,
            analyze,
        }));
        Ok(Self {
            broker: started.address.clone(),
            rooms,
            started,
            fuser,
            mqtt,
            telling,
            wishing,
            pacing,
            signing,
            ingest,
            fusing,
            forgetting,
            admitting,
        })
    }

    /// Waits until the broker has accepted us.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn wait_for_broker(&mut self) -> Result<(), SensingError> {
        let reached = self.mqtt.link.wait(BROKER_ANSWERS).await;
        reached.map_err(|problem| {
            let (seconds, url) = (BROKER_ANSWERS.as_secs(), &self.broker);
            SensingError::Broker(format!(
                "no answer from {url} within {seconds} s ({problem}): does an MQTT broker listen there, and let this \
                 collector in? broker.url (--broker) names it"
            ))
        })
    }

    /// Listens to windows as they are fused.
    #[must_use]
    pub fn fused(&self) -> broadcast::Receiver<FusedWindow> {
        self.fuser.listen()
    }

    /// What the gate before the embedded broker counts.
    #[must_use]
    pub fn gate(&self) -> Option<GateWatch> {
        self.started.gate()
    }

    /// Whether the broker has accepted our connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.mqtt.link.is_connected()
    }

    /// After `stop` has said so: finishes what has come from the broker and its acknowledgements, and the windows that are
    /// being fused.
    pub async fn finish(self) {
        let _ = self.telling.await;
        let _ = self.wishing.await;
        let _ = self.pacing.await;
        let _ = self.signing.await;
        let _ = self.ingest.await;
        self.mqtt.closed().await;
        let _ = self.fusing.await;
        let _ = self.forgetting.await;
        if let Some(admitting) = self.admitting {
            let _ = admitting.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use attune_protocol::policy::Profile;
    use tokio::task::AbortHandle;
    use tokio::time::timeout;

    use super::*;
    use crate::broker::Embedding;
    use crate::testing::Fixture;

    impl Running {
        /// Every task, with the name under which it is watched.
        fn parts(&self) -> Vec<(&'static str, AbortHandle)> {
            let (gate, embedded) = self.started.embedded.as_ref().expect("the broker is embedded");
            let parts = [
                ("withdrawals in the browser", &self.telling),
                ("what people chose", &self.wishing),
                ("how fast devices send", &self.pacing),
                ("the signing key", &self.signing),
                ("ingest", &self.ingest),
                ("fusion", &self.fusing),
                ("memory of sessions", &self.forgetting),
                ("messages of the broker", &self.mqtt.receiving),
                ("answers to devices", &self.mqtt.answering),
                ("the gate's way to the broker", &gate.tasks[0]),
                ("the gate", &gate.tasks[1]),
                ("revocations at the gate", &gate.tasks[2]),
                ("the embedded broker", &embedded.0),
            ];
            parts.map(|(name, part)| (name, part.abort_handle())).into()
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_task_that_is_killed_is_noticed_by_its_name() {
        let fixture = Fixture::each().await.remove(0);
        let networks = Networks::of(std::path::Path::new("")).expect("inside the program");
        let IngestContext { store, people, own, .. } = fixture.context.clone();
        for part in 0..13 {
            let (tasks, (_stop, stopped)) = (Tasks::default(), watch::channel(false));
            let settings = Settings {
                state: std::env::temp_dir(),
                profile: Profile::Research,
                broker: Broker::Embedded(Embedding::on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))),
                group: None,
                threads: 1,
                queue: 1,
            };
            let ground = (store.clone(), people.clone(), Arc::clone(&own));
            let held = (Bodies::default(), Arc::default());
            let mut running =
                Running::start(settings, ground, networks.clone(), held, (&tasks, &stopped)).expect("starts");
            running.wait_for_broker().await.expect("it answers");
            assert!(timeout(Duration::from_millis(50), tasks.lost()).await.is_err(), "all run");
            let parts = running.parts();
            let (name, task) = &parts[part];
            task.abort();
            let lost = timeout(Duration::from_secs(5), tasks.lost()).await;
            assert_eq!(lost, Ok(*name));
            assert_eq!(parts.len(), 13);
            tasks.may_end();
        }
    }
}
