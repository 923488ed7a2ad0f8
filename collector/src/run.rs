use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use attune_protocol::ids::DeviceId;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;

use crate::analyze::Pool;
use crate::api::body::Bodies;
use crate::api::{self, ApiState};
use crate::broker::{self, BrokerAddress};
use crate::config::Config;
use crate::health::{Health, ModelHealth};
use crate::ingest::{self, Counters, IngestContext};
use crate::keys::{MasterKey, OwnKeys, PersonKeys};
use crate::sessions::{FusedWindow, Fuser};
use crate::store::Store;
use crate::{CollectorError, accounts, preferences};

/// How long the broker may take to accept us at the start.
const BROKER_ANSWERS: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A collector that runs in this process.
#[derive(Debug)]
pub struct Running {
    /// Where the API listens.
    pub api: SocketAddr,
    /// Where the broker is.
    pub broker: BrokerAddress,
    store: Store,
    people: PersonKeys,
    fuser: Fuser,
    stop: watch::Sender<bool>,
    mqtt: ingest::Mqtt,
    ingest: JoinHandle<()>,
    fusing: JoinHandle<()>,
    server: JoinHandle<std::io::Result<()>>,
    housekeeping: JoinHandle<()>,
}

/// Starts everything and returns once it takes messages and questions. `addresses.toml` in the state folder then says
/// where.
///
/// # Errors
/// When the state folder, the database, the models or an address cannot be used.
pub async fn run(config: &Config) -> Result<Running, CollectorError> {
    std::fs::create_dir_all(&config.state).map_err(CollectorError::file(&config.state))?;
    let models = attune_analysis::networks::Networks::load(&config.models)?;
    let store = Store::open(&config.database_url()).await?;
    let master = MasterKey::load_or_create(&config.state.join("master.key"))?;
    let own = Arc::new(OwnKeys::load_or_create(&store, &master).await?);
    let people = PersonKeys::new(master);
    let listener = api::listen(config.api.listen).await?;
    let api = listener.local_addr().map_err(CollectorError::file(&config.state))?;
    let broker = broker::start(&config.broker)?;
    let group = Some(config.broker.group.as_str()).filter(|group| !group.is_empty());
    let client_id = format!("attune-collector-{}", DeviceId::random());
    let (mut mqtt, messages, answers) = ingest::connect(&broker, &client_id, group);
    let (counters, fusion) = (Arc::<Counters>::default(), Arc::<Notify>::default());
    let fuser = Fuser::new(store.clone(), people.clone(), Arc::clone(&fusion));
    let context =
        IngestContext { store: store.clone(), people: people.clone(), own, counters: Arc::clone(&counters), fusion };
    let (stop, stopped) = watch::channel(false);
    let ingest = tokio::spawn(ingest::work(context, messages, answers, stopped.clone()));
    let fusing = tokio::spawn(fuser.clone().work(stopped.clone()));
    let health = Arc::new(Health {
        state: config.state.clone(),
        profile: config.profile,
        models: models
            .list()
            .into_iter()
            .map(|model| ModelHealth {
                task: model.task.to_string(),
                file: model.file.display().to_string(),
                sha256: model.sha256,
            })
            .collect(),
        link: mqtt.link.clone(),
        counters,
    });
    let app = api::app(ApiState {
        store: store.clone(),
        people: people.clone(),
        health,
        networks: models,
        pool: Pool::new(config.analysis.threads(), config.analysis.queue),
        bodies: Bodies::default(),
        meter: Arc::default(),
    });
    let housekeeping = tokio::spawn(keep_history_short(store.clone(), people.clone(), stopped.clone()));
    let server = tokio::spawn(api::serve(listener, app, stopped));
    if !mqtt.link.wait(BROKER_ANSWERS).await {
        let seconds = BROKER_ANSWERS.as_secs();
        return Err(CollectorError::Broker(format!("no answer from {} within {seconds} s", broker.url())));
    }
    write_addresses(&config.state, api, &broker)?;
    tracing::info!(api = %api, broker = %broker.url(), profile = %config.profile, "Collector started.");
    Ok(Running { api, broker, store, people, fuser, stop, mqtt, ingest, fusing, server, housekeeping })
}

impl Running {
    /// Makes a one-time code with which a device of this user can be enrolled.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_code(&self, user_id: &str, valid_millis: i64) -> Result<String, CollectorError> {
        accounts::create_code(&self.store, &self.people, user_id, valid_millis).await
    }

    /// Listens to windows as they are fused.
    #[must_use]
    pub fn fused(&self) -> broadcast::Receiver<FusedWindow> {
        self.fuser.listen()
    }

    /// Whether the broker has accepted our connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.mqtt.link.is_connected()
    }

    /// Finishes what was begun: what has come from the broker and its acknowledgements, the windows that are being fused,
    /// answers of the API.
    ///
    /// # Errors
    /// When the API server failed.
    pub async fn stop(self) -> Result<(), CollectorError> {
        let _ = self.stop.send(true);
        let _ = self.ingest.await;
        self.mqtt.closed().await;
        let _ = self.fusing.await;
        let _ = self.housekeeping.await;
        let served = self.server.await.unwrap_or(Ok(()));
        self.store.close().await;
        served.map_err(CollectorError::file("the API's listener"))
    }
}

/// Deletes what people no longer want to be kept, at the start and every hour.
async fn keep_history_short(store: Store, people: PersonKeys, mut stop: watch::Receiver<bool>) {
    loop {
        match preferences::enforce(&store, &people).await {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "Sessions deleted as their people prefer."),
            Err(error) => tracing::error!(%error, "Old sessions could not be deleted; tried again in an hour."),
        }
        tokio::select! {
            () = tokio::time::sleep(HOUR) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

fn write_addresses(state: &Path, api: SocketAddr, broker: &BrokerAddress) -> Result<(), CollectorError> {
    let path = state.join("addresses.toml");
    let text = format!("api = \"http://{api}\"\nbroker = \"{}\"\npid = {}\n", broker.url(), std::process::id());
    let partial = state.join("addresses.toml.partial");
    std::fs::write(&partial, text).map_err(CollectorError::file(&partial))?;
    std::fs::rename(&partial, &path).map_err(CollectorError::file(&path))
}
