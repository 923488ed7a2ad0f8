use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use attune_analysis::indicators::Assessment;
use attune_analysis::networks::Networks;
use attune_contact::{Contact, Kind, Source};
use attune_ground::descriptors::Descriptors;
use attune_ground::http::body::Bodies;
use attune_ground::http::{Guard, Tls, Traffic, door};
use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::{Alone, Store};
use attune_ground::tasks::Tasks;
use attune_ground::{
    Foundation, Given, GroundError, House, Seen, Setup, StateFolder, files, go_on_rotating, keep_key_copy,
};
use attune_hr::Hr;
use attune_messages::{Messages, Reader};
use attune_people::{InForce, People, Surroundings, accounts, sign_in};
use attune_protocol::broker::BrokerAddress;
use attune_protocol::ids::SessionId;
use attune_reporting::Reporting;
use attune_sensing::broker::Certificate;
use attune_sensing::sessions::FusedWindow;
use attune_talks::{Danger, Talks};
use attune_wellbeing::Wellbeing;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::config::{BrokerMode, Config};
use crate::subjects::{self, Subjects};
use crate::{CollectorError, api, exposed, rights, tls};

/// How long answers that were begun may take once the program stops.
const API_ENDS: Duration = Duration::from_secs(5);

/// How long ingest and fusion may take to finish what has come.
const SENSING_ENDS: Duration = Duration::from_secs(3);

/// How long the database may take to be put in order and closed.
const STORE_ENDS: Duration = Duration::from_secs(2);

/// A collector that runs in this process.
pub struct Running {
    /// Where the API listens.
    pub api: SocketAddr,
    /// The SHA-256 of the certificate, where it speaks TLS: `AB:CD:...`.
    pub fingerprint: Option<String>,
    /// Where the broker is.
    pub broker: BrokerAddress,
    state: StateFolder,
    store: Store,
    people: PersonKeys,
    own: Arc<OwnKeys>,
    tasks: Tasks,
    stop_api: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    sensing: attune_sensing::Running,
    wellbeing: Wellbeing,
    server: JoinHandle<()>,
    /// Each with its name.
    jobs: Vec<(&'static str, JoinHandle<()>)>,
    keeping: JoinHandle<()>,
}

/// What a command of a subject works with.
#[must_use]
pub fn given(config: &Config) -> Given {
    let (state, broker, opened) = (config.state.clone(), config.broker.address(&config.api), config.clone());
    let ground = Box::pin(async move { Ok(open_existing(&opened).await?) });
    Given {
        state,
        profile: config.profile,
        setup: setup(config, &config.database_url()),
        limits: config.limits(),
        aging: subjects::aging(),
        histories: subjects::histories(),
        measures: subjects::measures(),
        zone: config.zone(),
        least_people: config.wellbeing.least_people,
        brand: config.reports.brand(),
        releases: subjects::releases(),
        models: config.models.clone(),
        keep_text: config.messages.keep_text,
        broker,
        broker_login: config.broker.login(),
        house: house(config),
        ground,
    }
}

/// Where everything lies.
fn house(config: &Config) -> House {
    House {
        key: master_key(config),
        urls: config.urls(),
        migrations: subjects::migrations(),
        carried: subjects::carried(),
        copies: config.backup.to.clone(),
    }
}

fn setup(config: &Config, database: &str) -> Setup {
    let Config { policy, api, broker, .. } = config;
    Setup {
        api: api.listen,
        names: api.names.iter().map(ToString::to_string).collect(),
        known_at: (!api.names.is_empty()).then(|| config.base()),
        has_own_broker: broker.mode == BrokerMode::Embedded,
        database: if database.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" },
        dpia: policy.dpia.clone(),
        works_agreement: policy.works_agreement.clone(),
    }
}

/// Opens a database that is there, beside a collector that may run on it.
///
/// # Errors
/// When there is none, or its master key is missing or another one.
async fn open_existing(config: &Config) -> Result<Foundation, CollectorError> {
    StateFolder::look(&config.state)?;
    Ok(Foundation::open(&master_key(config), &config.urls(), &subjects::migrations()).await?)
}

/// Looks at everything that a collector starts with, and makes none of it. Gives what the database is, and the addresses
/// that are in use: by the collector itself, if it runs.
///
/// # Errors
/// When a collector could not start with them.
pub async fn look(config: &Config) -> Result<(Seen, Vec<SocketAddr>), CollectorError> {
    let mut addresses = vec![(config.api.listen, "api.listen")];
    if config.broker.mode == BrokerMode::Embedded {
        addresses.push((config.broker.listen, "broker.listen"));
    }
    let mut in_use = Vec::new();
    for (address, key) in addresses {
        match TcpListener::bind(address) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AddrInUse => in_use.push(address),
            Err(source) => return Err(GroundError::Listen { address, key, source }.into()),
        }
    }
    Ok((seen(config).await?, in_use))
}

async fn seen(config: &Config) -> Result<Seen, CollectorError> {
    StateFolder::look(&config.state)?;
    Ok(Foundation::look(&master_key(config), &config.urls(), &subjects::migrations()).await?)
}

fn master_key(config: &Config) -> PathBuf {
    config.state.join("master.key")
}

/// What is set for the subject of that name.
fn sensing_of(config: &Config, broker: Option<Certificate>) -> attune_sensing::Settings {
    attune_sensing::Settings {
        state: config.state.clone(),
        profile: config.profile,
        broker: config.broker.told(&config.api, broker),
        group: Some(config.broker.group.clone()).filter(|group| !group.is_empty()),
        threads: config.analysis.threads(),
        queue: config.analysis.queue,
    }
}

/// What the subject of people is told of the program.
fn surroundings_of(config: &Config) -> Surroundings {
    let shown = |one: &attune_settings::InForce| InForce {
        key: one.key.clone(),
        value: one.value.clone(),
        origin: one.origin.clone(),
    };
    Surroundings {
        state: config.state.clone(),
        broker: config.broker.address(&config.api),
        settings: config.in_force.iter().map(shown).collect(),
    }
}

/// Starts everything and returns once it takes messages and questions. `addresses.toml` in the state folder then says
/// where.
///
/// # Errors
/// When the state folder, the database, the models or an address cannot be used.
pub async fn run(config: &Config) -> Result<Running, CollectorError> {
    // Before anything is opened.
    let descriptors = Descriptors::raised();
    let state = StateFolder::take(&config.state)?;
    let networks = Networks::of(&config.models)?;
    let house = house(config);
    go_on_rotating(&house).await?;
    let ground = Foundation::open_or_make(&house.key, &house.urls, &house.migrations).await?;
    let Foundation { store, people: keys, own } = ground.clone();
    exposed::check(config, sign_in::is_required(&store).await?)?;
    let tls = tls::open(config)?;
    let of_broker = tls::open_broker(config)?;
    if state.was_cut_short() {
        tracing::warn!("The collector before did not come to its end; the database is looked through.");
        store.check_integrity().await?;
    }
    for prepare in subjects::preparations() {
        prepare(&ground).await?;
    }
    store.look_at_clock().await?;
    let (bodies, traffic) = (Bodies::default(), Arc::<Traffic>::default());
    let listener = api::listen(config.api.listen).await?;
    let api = listener.local_addr().map_err(CollectorError::file(&config.state))?;
    // Before anything runs that would have to be ended.
    if config.broker.mode == BrokerMode::Embedded {
        let (address, key) = (config.broker.listen, "broker.listen");
        TcpListener::bind(address).map_err(|source| GroundError::Listen { address, key, source })?;
    }
    let (stop_api, api_stopped) = watch::channel(false);
    let (stop, stopped) = watch::channel(false);
    let tasks = Tasks::default();
    let keeping = tasks.spawn("care of the database", store.clone().keep(stopped.clone()));
    let copying = keep_key_copy(ground, house, stopped.clone());
    let ground = (store.clone(), keys.clone(), Arc::clone(&own));
    let watched = (&tasks, &stopped);
    let held = (bodies.clone(), Arc::clone(&traffic));
    let reader = Reader::of(&networks)?;
    let hears =
        reader.as_ref().map(Reader::reads).map_or_else(attune_talks::Reader::by_rules, attune_talks::Reader::by);
    let mut sensing =
        attune_sensing::Running::start(sensing_of(config, of_broker.clone()), ground, networks, held, watched)?;
    let people = people_of(config, (store.clone(), keys.clone(), Arc::clone(&own)), bodies)?;
    let people = people.reached_at(&devices_reach(config, &sensing.broker)).ruled_by(rights::table());
    let wellbeing = wellbeing_of(config, &people)?;
    let people = people.looking_again(attune_wellbeing::look_again(&wellbeing));
    let messages =
        Messages::new(people.clone(), config.messages.settings(config), reader).receiving(config.messages.receivers()?);
    let hr = Hr::new(people.clone(), config.hr.settings(config.wellbeing.least_people));
    let contact = contact_of(&people);
    let models = config.talks.models(config.profile)?;
    let talks = Talks::new(people.clone(), config.talks.settings()?, hears, models, Some(DANGER));
    let settings = config.reports.settings(config.wellbeing.least_people)?;
    let reporting = Reporting::new(people.clone(), hr.clone(), wellbeing.clone(), settings, subjects::releases());
    let sensing_rooms = sensing.rooms.clone();
    let plugged = Subjects {
        people,
        wellbeing: wellbeing.clone(),
        messages,
        hr,
        contact,
        talks,
        reporting,
        sensing: sensing_rooms,
    };
    let jobs = subjects::all().into_iter().flat_map(|subject| (subject.jobs)(&plugged, &stopped));
    let spawn = |name: &'static str, work: Pin<Box<dyn Future<Output = ()> + Send>>| (name, tasks.spawn(name, work));
    let mut jobs: Vec<(&'static str, JoinHandle<()>)> = jobs.map(|job| spawn(job.name, job.work)).collect();
    if !config.backup.to.as_os_str().is_empty() {
        jobs.push(spawn("the copy of the keys", Box::pin(copying)));
    }
    let guard = Guard::new(api.ip(), config.api.names.clone(), config.api.proxies());
    let brought = tls.clone().filter(|_| config.api.tls.files().is_some());
    let (rate, is_certified) = (config.api.rate(), brought.is_some());
    let app = api::app(plugged, api::House { guard, rate, is_certified, traffic: Arc::clone(&traffic) });
    let fingerprint = tls.as_ref().map(Tls::fingerprint);
    jobs.extend(brought.map(|tls| spawn("the TLS certificate", Box::pin(tls.keep(stopped.clone())))));
    let certificate = of_broker.filter(|certificate| !certificate.is_own);
    jobs.extend(certificate.map(|it| spawn("the broker's TLS certificate", Box::pin(it.tls.keep(stopped.clone())))));
    let doors = door::Limits::with(descriptors).behind(config.api.proxies());
    let server = tasks.spawn("the API", door::serve(listener, tls, app, doors, traffic, api_stopped));
    if let Err(error) = sensing.wait_for_broker().await {
        tasks.may_end();
        return Err(error.into());
    }
    let broker = sensing.broker.clone();
    let scheme = config.api.scheme();
    write_addresses(&config.state, scheme, api, &devices_reach(config, &broker))?;
    tracing::info!(api = %format_args!("{scheme}://{api}"), %broker, profile = %config.profile, "Collector started.");
    let people = keys;
    Ok(Running {
        api,
        fingerprint,
        broker,
        state,
        store,
        people,
        own,
        tasks,
        stop_api,
        stop,
        sensing,
        wellbeing,
        server,
        jobs,
        keeping,
    })
}

/// The subject of people, without what is known only of a program that runs: where devices reach it, and who may ask for what.
fn people_of(
    config: &Config,
    ground: (Store, PersonKeys, Arc<OwnKeys>),
    bodies: Bodies,
) -> Result<People, CollectorError> {
    let settings = attune_people::Settings {
        profile: config.profile,
        registration: config.accounts.registration,
        limits: config.limits(),
    };
    let people = People::new(ground, bodies, &subjects::histories(), settings).within(surroundings_of(config));
    Ok(people
        .on_record(attune_people::policy::papers(&setup(config, &config.database_url())))
        .beside(config.sign_in.oidc.provider()?)
        .holding(&subjects::holdings())
        .letting_go(&subjects::aging())
        .mailing(config.mail.post(config.base())?)
        .in_zone(config.zone())
        .moving(&subjects::moved())
        .ringing(&subjects::bells())
        .watching(config.watching)
        .made_up(config.made_up))
}

fn wellbeing_of(config: &Config, people: &People) -> Result<Wellbeing, CollectorError> {
    let (store, settings) = (people.store().clone(), config.wellbeing.settings());
    let wellbeing = Wellbeing::new(store, people.clone(), settings, subjects::measures());
    Ok(wellbeing.telling(config.alerts.hooks(config.base())?))
}

/// Whom somebody chose for that is told of danger in a talk as of danger in a message.
const DANGER: Danger =
    |transaction, person, sign, at| Box::pin(attune_wellbeing::sign_of_danger(transaction, person, sign, at));

/// Reminders and letters; that somebody checked in is known by what is sensed, and that they talked by their talks.
fn contact_of(people: &People) -> Contact {
    let (store, of_talks) = (people.store().clone(), people.store().clone());
    let talks = Source::by(move |person, range| {
        let store = of_talks.clone();
        Box::pin(async move { attune_talks::has_talked(&store, person, range).await })
    });
    let check_ins = Source::by(move |person, range| {
        let store = store.clone();
        Box::pin(async move { attune_sensing::sessions::has_checked_in(&store, person, range).await })
    });
    Contact::new(people.clone(), vec![(Kind::CheckIn, check_ins), (Kind::Talk, talks)])
}

/// A database in order, on which nothing runs.
pub(crate) struct Still {
    /// Nobody else has it meanwhile, nor a database that is shared.
    pub(crate) state: StateFolder,
    pub(crate) alone: Alone,
    pub(crate) ground: Foundation,
    pub(crate) wellbeing: Wellbeing,
}

/// Opens the database, or makes it, as a collector does that starts; and starts none.
///
/// # Errors
/// When a collector runs on the state folder or the database, or that cannot be used.
pub(crate) async fn still(config: &Config) -> Result<Still, CollectorError> {
    let state = StateFolder::take(&config.state)?;
    let house = house(config);
    let alone = Alone::take(&house.urls).await?;
    go_on_rotating(&house).await?;
    let ground = Foundation::open_or_make(&house.key, &house.urls, &house.migrations).await?;
    for prepare in subjects::preparations() {
        prepare(&ground).await?;
    }
    ground.store.look_at_clock().await?;
    let Foundation { store, people: keys, own } = ground.clone();
    let wellbeing = wellbeing_of(config, &people_of(config, (store, keys, own), Bodies::default())?)?;
    Ok(Still { state, alone, ground, wellbeing })
}

impl Running {
    /// The database and the keys that it works with.
    #[must_use]
    pub fn ground(&self) -> (&Store, &PersonKeys, &OwnKeys) {
        (&self.store, &self.people, &self.own)
    }

    /// As [`Self::ground`], to be kept.
    pub(crate) fn ground_kept(&self) -> (Store, PersonKeys, Arc<OwnKeys>) {
        (self.store.clone(), self.people.clone(), Arc::clone(&self.own))
    }

    /// Wellbeing over time, as its handlers and jobs have it.
    pub(crate) const fn wellbeing(&self) -> &Wellbeing {
        &self.wellbeing
    }

    /// Makes a one-time code with which a device of this user can be enrolled.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_code(&self, user_id: &str, valid_millis: i64) -> Result<String, CollectorError> {
        Ok(accounts::create_code(&self.store, &self.people, (user_id, None), valid_millis).await?)
    }

    /// Listens to windows as they are fused.
    #[must_use]
    pub fn fused(&self) -> broadcast::Receiver<FusedWindow> {
        self.sensing.fused()
    }

    /// Scores of all windows of a session, in order, as they stand in the database.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn windows(&self, session: SessionId) -> Result<Vec<Assessment>, CollectorError> {
        Ok(self.sensing.rooms.windows(session).await?)
    }

    /// Whether the broker has accepted our connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.sensing.is_connected()
    }

    /// Waits for a part that ends though nobody asked it to, and gives its name: then the collector should end, too.
    pub async fn lost(&self) -> &'static str {
        self.tasks.lost().await
    }

    /// Ends in order, within ten seconds. First the API, so that nothing new is asked for; ingest goes on meanwhile, so that
    /// the broker takes in nothing that nobody stores. Then ingest with what has come and its acknowledgements, and the
    /// windows that are being fused. The database last. What is not finished in time is given up: what was committed is
    /// durable, and what was not is sent again.
    ///
    /// # Errors
    /// When the state folder cannot be given back.
    pub async fn stop(self) -> Result<(), CollectorError> {
        let Self { state, store, tasks, stop_api, stop, sensing, mut server, jobs, keeping, .. } = self;
        tasks.may_end();
        let mut in_time = true;
        let _ = stop_api.send(true);
        if timeout(API_ENDS, &mut server).await.is_err() {
            tracing::warn!("Clients did not end their requests; they are given up.");
            server.abort();
        }
        let _ = stop.send(true);
        if timeout(SENSING_ENDS, sensing.finish()).await.is_err() {
            tracing::warn!("Ingest did not finish in time; what is not acknowledged is sent again.");
            in_time = false;
        }
        let closing = async {
            for (_, job) in jobs {
                let _ = job.await;
            }
            let _ = keeping.await;
            store.close().await;
        };
        if timeout(STORE_ENDS, closing).await.is_err() {
            tracing::warn!("The database did not close in time; the next start looks through it.");
            in_time = false;
        }
        if in_time {
            state.give_back()?;
        }
        Ok(())
    }
}

/// Where devices reach the broker. Of the embedded one it is known with its certificate; of another one it is what is set.
fn devices_reach(config: &Config, broker: &BrokerAddress) -> String {
    match (config.broker.mode, config.broker.public_url.as_str()) {
        (BrokerMode::Embedded, _) | (BrokerMode::External, "") => broker.to_string(),
        (BrokerMode::External, told) => told.to_owned(),
    }
}

fn write_addresses(state: &Path, scheme: &str, api: SocketAddr, broker: &str) -> Result<(), CollectorError> {
    let path = state.join("addresses.toml");
    let text = format!("api = \"{scheme}://{api}\"\nbroker = \"{broker}\"\npid = {}\n", std::process::id());
    files::write_private(&path, &text).map_err(CollectorError::file(path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn each_part_of_the_program_that_is_killed_is_noticed_by_its_name() {
        for part in 0.. {
            let folder = tempfile::tempdir().expect("a folder");
            let mut config = Config { state: folder.path().join("state"), ..Config::default() };
            config.api.listen.set_port(0);
            config.broker.listen.set_port(0);
            let running = run(&config).await.expect("starts");
            assert!(timeout(Duration::from_millis(50), running.lost()).await.is_err(), "all run");
            let own = [("care of the database", &running.keeping), ("the API", &running.server)];
            let parts: Vec<_> = own.into_iter().chain(running.jobs.iter().map(|(name, job)| (*name, job))).collect();
            let names: BTreeSet<&str> = parts.iter().map(|(name, _)| *name).collect();
            assert!(names.len() == parts.len() && parts.len() > 7, "each job of a subject has a name: {names:?}");
            let Some((name, task)) = parts.get(part).copied() else {
                running.stop().await.expect("stops");
                break;
            };
            task.abort();
            assert_eq!(timeout(Duration::from_secs(5), running.lost()).await, Ok(name));
            running.stop().await.expect("stops");
        }
    }
}
