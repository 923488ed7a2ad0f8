//! Puts the made-up people into a database, and has what their devices send taken in and fused, week by week.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::progress::Progress;
use attune_ground::store::Store;
use attune_people::access::By;
use attune_people::accounts;
use attune_people::preferences::{self, Preferences};
use attune_people::teams::{self, Period, TeamId, Whom};
use attune_protocol::policy::Profile;
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_sensing::ingest::{Inbound, IngestContext, Queue, take_in};
use attune_sensing::sessions::Fuser;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::{days, instant, later};
use super::error::SimulateError;
use super::outbox::Outbox;
use super::sensed::{let_go, sensed};
use super::world::{Place, Somebody, World};

/// Items that are taken in together, at least, where there are as many: as many as one transaction settles.
const TOGETHER: usize = 8000;
/// Records of one batch.
const BATCH: usize = 2000;
/// People who are made in one transaction.
const PEOPLE: usize = 50;
/// Days of which everybody's are taken in before the next.
const WEEK: i32 = 7;
/// How long they want it kept, days: as long as anybody may, and no longer than the profile lets.
const HISTORY: u16 = 365;

/// What was taken in.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Filled {
    /// Records that devices sent, and are stored.
    pub(crate) records: u64,
    /// Windows that were fused of them.
    pub(crate) windows: u64,
}

/// People with their devices, and what takes in what those send.
pub(crate) struct Filler<'a> {
    context: &'a IngestContext,
    fuser: Fuser,
    world: &'a World,
    zone: TimeZone,
    outboxes: Vec<Outbox>,
    /// Of the world's, in their order.
    pub(crate) teams: Vec<TeamId>,
}

/// What takes in, under a profile.
pub(crate) fn context((store, people, own): (Store, PersonKeys, Arc<OwnKeys>), profile: Profile) -> IngestContext {
    IngestContext {
        store,
        people,
        own,
        profile,
        guesses: Arc::default(),
        strangers: Arc::default(),
        told: Arc::default(),
        counters: Arc::default(),
        fusion: Arc::default(),
    }
}

impl<'a> Filler<'a> {
    /// Makes teams, people with their places in them, and a device for each. `zone` is the organisation's.
    ///
    /// # Errors
    /// When the database refuses, or a name is taken.
    pub(crate) async fn found(
        context: &'a IngestContext,
        world: &'a World,
        zone: TimeZone,
        progress: &mut Progress,
    ) -> Result<Self, SimulateError> {
        let IngestContext { store, people, profile, fusion, .. } = context;
        let fuser = Fuser::new(store.clone(), people.clone(), *profile, Arc::clone(fusion));
        let since = world.begins(&zone);
        let mut filler = Self { context, fuser, world, zone, outboxes: Vec::new(), teams: Vec::new() };
        progress.begin("people and their devices");
        for team in &world.teams {
            filler.teams.push(teams::make_since(store, &team.name, since, &By::COMMAND).await??);
        }
        for some in world.people.chunks(PEOPLE) {
            filler.people(some).await?;
            for somebody in some {
                filler.outboxes.push(Outbox::enrolled(context, &somebody.name).await?);
                progress.done(filler.outboxes.len() as u64, world.people.len() as u64);
            }
        }
        Ok(filler)
    }

    /// Makes some people, with what they prefer and their places in teams.
    async fn people(&self, some: &[Somebody]) -> Result<(), SimulateError> {
        let IngestContext { store, people, .. } = self.context;
        let mut transaction = store.begin().await?;
        for somebody in some {
            let person = accounts::person_of(&mut transaction, people, &somebody.name).await?;
            let zone = somebody.zone.map(str::to_owned);
            let wanted = Preferences { max_history_days: Some(HISTORY), zone, ..Preferences::default() };
            preferences::put(&mut transaction, people, person, &wanted, 0).await?;
            for Place { team, since, until } in &somebody.places {
                let begins = |date: Date| instant(&self.zone, date, 0);
                let period = Period { since: begins(*since), until: until.map(begins) };
                let Some(team) = self.teams.get(*team) else { continue };
                teams::add_in(&mut transaction, *team, Whom::Member(person), period, &By::COMMAND).await??;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Has what devices send on these days taken in and fused.
    ///
    /// # Errors
    /// When something is not taken in.
    pub(crate) async fn fill(
        &mut self,
        (first, last): (Date, Date),
        progress: &mut Progress,
    ) -> Result<Filled, SimulateError> {
        let before = self.context.counters.read().records;
        let mut windows = 0;
        let whole = days(first, last).count() as u64;
        progress.begin("records of their devices");
        let mut week = first;
        let mut done = 0;
        while week <= last {
            let end = later(week, WEEK - 1).min(last);
            let mut waiting = Waiting::default();
            for (somebody, outbox) in self.world.people.iter().zip(&mut self.outboxes) {
                send(self.world, (somebody, outbox), (week, end), (&self.zone, self.context.profile), &mut waiting)?;
                if waiting.items >= TOGETHER {
                    taken_in(self.context, std::mem::take(&mut waiting)).await?;
                }
            }
            taken_in(self.context, waiting).await?;
            windows += self.fuser.fuse_waiting().await? as u64;
            done += days(week, end).count() as u64;
            progress.done(done, whole);
            week = later(week, WEEK);
        }
        Ok(Filled { records: self.context.counters.read().records - before, windows })
    }

    /// Has everything fused that waits for it, and gives how many windows that were.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn fuse(&self) -> Result<usize, SimulateError> {
        Ok(self.fuser.fuse_waiting().await?)
    }

    /// The device of somebody, to send something else by.
    pub(crate) fn outbox(&mut self, name: &str) -> Option<&mut Outbox> {
        let place = self.world.people.iter().position(|somebody| somebody.name == name)?;
        self.outboxes.get_mut(place)
    }
}

/// Has batches taken in that were packed elsewhere.
///
/// # Errors
/// When one is not.
pub(crate) async fn take_batches(context: &IngestContext, batches: Vec<Inbound>) -> Result<(), SimulateError> {
    taken_in(context, Waiting { items: 0, batches }).await
}

/// Batches that wait to be taken in together.
#[derive(Default)]
struct Waiting {
    batches: Vec<Inbound>,
    items: usize,
}

/// Packs what the device of somebody sends on these days: consents on their first, and when they withdraw one what was sensed before
/// goes first.
fn send(
    world: &World,
    (somebody, outbox): (&Somebody, &mut Outbox),
    (first, last): (Date, Date),
    (zone, profile): (&TimeZone, Profile),
    waiting: &mut Waiting,
) -> Result<(), SimulateError> {
    let begins = |date: Date| instant(zone, date, 0);
    let mut records = Vec::new();
    for date in days(first, last).filter(|date| somebody.is_there(*date)) {
        if date == somebody.since {
            waiting.batches.push(outbox.consents(&Modality::ALL, true, begins(date))?);
        }
        if let Some((_, of)) = somebody.withdraws.filter(|(withdrawn, _)| *withdrawn == date) {
            pack(outbox, &mut records, waiting)?;
            waiting.batches.push(outbox.consents(of, false, begins(date))?);
        }
        records.extend(sensed(world, somebody, date, zone).into_iter().map(|record| let_go(record, profile)));
    }
    pack(outbox, &mut records, waiting)
}

fn pack(outbox: &mut Outbox, records: &mut Vec<Record>, waiting: &mut Waiting) -> Result<(), SimulateError> {
    waiting.items += records.len();
    while !records.is_empty() {
        let rest = records.split_off(records.len().min(BATCH));
        waiting.batches.push(outbox.records(std::mem::replace(records, rest))?);
    }
    Ok(())
}

/// Each batch is answered once it is committed.
async fn taken_in(context: &IngestContext, Waiting { batches, .. }: Waiting) -> Result<(), SimulateError> {
    let sent = batches.len();
    if sent == 0 {
        return Ok(());
    }
    let answers = take_in(context, &Queue::default(), batches).await.len();
    let failed = context.counters.failed_commits.load(Ordering::Relaxed);
    match answers < sent || failed > 0 {
        true => Err(SimulateError::Refused(format!(
            "{} of {sent} batches were not taken in: the log says why (--log warn)",
            sent - answers.min(sent)
        ))),
        false => Ok(()),
    }
}
