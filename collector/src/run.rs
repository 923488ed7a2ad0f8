use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use attune_analysis::networks::Networks;
use attune_ground::http::body::Bodies;
use attune_ground::keys::{MasterKey, OwnKeys, PersonKeys};
use attune_ground::store::Store;
use attune_people::{People, accounts, preferences};
use attune_sensing::broker::{Broker, BrokerAddress};
use attune_sensing::sessions::FusedWindow;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::config::{BrokerMode, Config};
use crate::subjects::{self, Subjects};
use crate::{CollectorError, api};

/// A collector that runs in this process.
pub struct Running {
    /// Where the API listens.
    pub api: SocketAddr,
    /// Where the broker is.
    pub broker: BrokerAddress,
    store: Store,
    people: PersonKeys,
    stop: watch::Sender<bool>,
    sensing: attune_sensing::Running,
    server: JoinHandle<std::io::Result<()>>,
    housekeeping: JoinHandle<()>,
}

/// Opens the database with the tables of all subjects; the state folder is made where there is none.
///
/// # Errors
/// When the folder or the database cannot be used.
pub async fn open_store(config: &Config) -> Result<Store, CollectorError> {
    std::fs::create_dir_all(&config.state).map_err(CollectorError::file(&config.state))?;
    Ok(Store::open(&config.database_url(), &subjects::migrations()).await?)
}

/// What is set for the subject of that name.
fn sensing_of(config: &Config) -> attune_sensing::Settings {
    attune_sensing::Settings {
        state: config.state.clone(),
        profile: config.profile,
        broker: match config.broker.mode {
            BrokerMode::Embedded => Broker::Embedded(config.broker.listen),
            BrokerMode::External => Broker::External(config.broker.url.clone()),
        },
        group: Some(config.broker.group.clone()).filter(|group| !group.is_empty()),
        threads: config.analysis.threads(),
        queue: config.analysis.queue,
    }
}

/// Starts everything and returns once it takes messages and questions. `addresses.toml` in the state folder then says
/// where.
///
/// # Errors
/// When the state folder, the database, the models or an address cannot be used.
pub async fn run(config: &Config) -> Result<Running, CollectorError> {
    std::fs::create_dir_all(&config.state).map_err(CollectorError::file(&config.state))?;
    let networks = Networks::load(&config.models)?;
    let store = open_store(config).await?;
    let master = MasterKey::load_or_create(&config.state.join("master.key"))?;
    let own = Arc::new(OwnKeys::load_or_create(&store, &master).await?);
    let keys = PersonKeys::new(master);
    let bodies = Bodies::default();
    let listener = api::listen(config.api.listen).await?;
    let api = listener.local_addr().map_err(CollectorError::file(&config.state))?;
    let (stop, stopped) = watch::channel(false);
    let ground = (store.clone(), keys.clone(), own);
    let mut sensing = attune_sensing::Running::start(sensing_of(config), ground, networks, bodies.clone(), &stopped)?;
    let people = People::new(store.clone(), keys.clone(), bodies, &[attune_sensing::delete_before]);
    let housekeeping = tokio::spawn(preferences::keep_history_short(people.clone(), stopped.clone()));
    let app = api::app(Subjects { people, sensing: sensing.rooms.clone() });
    let server = tokio::spawn(api::serve(listener, app, stopped));
    sensing.wait_for_broker().await?;
    let broker = sensing.broker.clone();
    write_addresses(&config.state, api, &broker)?;
    tracing::info!(api = %api, broker = %broker.url(), profile = %config.profile, "Collector started.");
    Ok(Running { api, broker, store, people: keys, stop, sensing, server, housekeeping })
}

impl Running {
    /// Makes a one-time code with which a device of this user can be enrolled.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_code(&self, user_id: &str, valid_millis: i64) -> Result<String, CollectorError> {
        Ok(accounts::create_code(&self.store, &self.people, user_id, valid_millis).await?)
    }

    /// Listens to windows as they are fused.
    #[must_use]
    pub fn fused(&self) -> broadcast::Receiver<FusedWindow> {
        self.sensing.fused()
    }

    /// Whether the broker has accepted our connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.sensing.is_connected()
    }

    /// Finishes what was begun: what has come from the broker and its acknowledgements, the windows that are being fused,
    /// answers of the API.
    ///
    /// # Errors
    /// When the API server failed.
    pub async fn stop(self) -> Result<(), CollectorError> {
        let _ = self.stop.send(true);
        self.sensing.finish().await;
        let _ = self.housekeeping.await;
        let served = self.server.await.unwrap_or(Ok(()));
        self.store.close().await;
        served.map_err(CollectorError::file("the API's listener"))
    }
}

fn write_addresses(state: &Path, api: SocketAddr, broker: &BrokerAddress) -> Result<(), CollectorError> {
    let path = state.join("addresses.toml");
    let text = format!("api = \"http://{api}\"\nbroker = \"{}\"\npid = {}\n", broker.url(), std::process::id());
    let partial = state.join("addresses.toml.partial");
    std::fs::write(&partial, text).map_err(CollectorError::file(&partial))?;
    std::fs::rename(&partial, &path).map_err(CollectorError::file(&path))
}
