use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use btleplug::api::{Central, CentralEvent, Peripheral as _, ScanFilter};
use btleplug::platform::{Adapter, PeripheralId};
use futures_util::StreamExt;
use tokio::sync::watch;
use tracing::{debug, warn};

use super::radio;
use super::trouble::Trouble;

/// Where nothing at all is heard for so long, the scan is begun anew: some adapters go quiet.
const QUIET: Duration = Duration::from_secs(90);
/// From so many scans on that heard nothing, the person is told.
const QUIET_SCANS: u32 = 3;
/// How often it is looked whether scanning is needed.
const LOOK: Duration = Duration::from_millis(100);
/// How often it is asked whether the adapter is switched on still.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// Devices around that are remembered not to be ours.
const MOST_KNOWN: usize = 1000;

/// A wearable was seen.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// What the system calls it.
    pub(super) id: PeripheralId,
    /// When.
    pub(super) at: Instant,
    /// Signal strength, dBm, and when it was told.
    pub(super) rssi: Option<(i16, Instant)>,
}

/// One that is looked for.
pub(super) struct Sought {
    /// By what it is known.
    pub(super) address: String,
    /// Where it is told that it was seen.
    pub(super) seen: watch::Sender<Option<Sight>>,
    /// Whether it is looked for now.
    pub(super) wanted: Arc<AtomicBool>,
}

/// Looks for wearables while any is wanted.
pub(super) struct Scan {
    adapter: Adapter,
    sought: Vec<Sought>,
    /// Which of the sought a device is, if any.
    known: HashMap<PeripheralId, Option<usize>>,
    scanning: bool,
    /// When anything was heard last, or the scan began.
    heard: Instant,
    quiet: u32,
}

impl Scan {
    pub(super) fn new(adapter: Adapter, sought: Vec<Sought>) -> Self {
        Self { adapter, sought, known: HashMap::new(), scanning: false, heard: Instant::now(), quiet: 0 }
    }

    /// Scans until `goes_on` says no, or there is trouble with the adapter.
    pub(super) async fn run(&mut self, goes_on: impl Fn() -> bool) -> Result<(), Trouble> {
        let mut events = self.adapter.events().await.map_err(|error| Trouble::of(&error))?;
        let mut asked = Instant::now();
        while goes_on() {
            self.steer().await?;
            match tokio::time::timeout(LOOK, events.next()).await {
                Ok(Some(event)) => self.hear(event).await,
                Ok(None) => return Err(Trouble::NoService),
                Err(_) => {}
            }
            if asked.elapsed() >= ASK_EVERY {
                radio::state(&self.adapter).await?;
                asked = Instant::now();
            }
        }
        self.stop().await;
        Ok(())
    }

    /// Begins, ends or renews the scan, as it is needed.
    async fn steer(&mut self) -> Result<(), Trouble> {
        let wanted = self.sought.iter().any(|sought| sought.wanted.load(Ordering::Acquire));
        if self.scanning && (!wanted || self.heard.elapsed() >= QUIET) {
            self.stop().await;
            if wanted {
                self.quiet += 1;
                debug!(scans = self.quiet, "nothing was heard: the scan begins anew");
            }
            if self.quiet == QUIET_SCANS {
                warn!(
                    "no Bluetooth device at all is heard: switch Bluetooth off and on, or take the adapter out and in"
                );
            }
        }
        if wanted && !self.scanning {
            match self.adapter.start_scan(ScanFilter::default()).await {
                // Another program's scan serves as well.
                Err(error) if format!("{error:?}").contains("InProgress") => {}
                done => done.map_err(|error| Trouble::of(&error))?,
            }
            (self.scanning, self.heard) = (true, Instant::now());
        }
        Ok(())
    }

    async fn stop(&mut self) {
        if std::mem::take(&mut self.scanning) {
            // A scan that is not there need not be ended; one that does not end goes with the connection to the system.
            let _ = tokio::time::timeout(LOOK, self.adapter.stop_scan()).await;
        }
    }

    async fn hear(&mut self, event: CentralEvent) {
        let (id, rssi) = match event {
            CentralEvent::RssiUpdate { id, rssi } => (id, radio::strength(rssi)),
            CentralEvent::ManufacturerDataAdvertisement { id, .. }
            | CentralEvent::ServiceDataAdvertisement { id, .. } => (id, None),
            // The system tells so of what it remembers, too.
            CentralEvent::DeviceDiscovered(id) => return self.discover(id).await,
            _ => return,
        };
        (self.heard, self.quiet) = (Instant::now(), 0);
        self.tell(id, rssi).await;
    }

    /// A device that is new or remembered: the latter has no signal strength, unless it is connected.
    async fn discover(&mut self, id: PeripheralId) {
        let Some(place) = self.place(&id).await else { return };
        let Some(peripheral) = radio::peripheral(&self.adapter, &id).await else { return };
        let rssi = peripheral.properties().await.ok().flatten().and_then(|properties| properties.rssi);
        if rssi.is_some() || peripheral.is_connected().await.unwrap_or(false) {
            self.see(place, id, rssi.and_then(radio::strength));
        }
    }

    async fn tell(&mut self, id: PeripheralId, rssi: Option<i16>) {
        if let Some(place) = self.place(&id).await {
            self.see(place, id, rssi);
        }
    }

    fn see(&self, place: usize, id: PeripheralId, rssi: Option<i16>) {
        self.sought[place].seen.send_modify(|seen| {
            let (now, before) = (Instant::now(), seen.as_ref().and_then(|seen| seen.rssi));
            *seen = Some(Sight { id, at: now, rssi: rssi.map(|rssi| (rssi, now)).or(before) });
        });
    }

    /// Which of the sought a device is.
    async fn place(&mut self, id: &PeripheralId) -> Option<usize> {
        if let Some(place) = self.known.get(id) {
            return *place;
        }
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        let address = radio::address(&radio::peripheral(&self.adapter, id).await?);
        let place = self.sought.iter().position(|sought| sought.address.eq_ignore_ascii_case(&address));
        self.known.insert(id.clone(), place);
        place
    }
}
