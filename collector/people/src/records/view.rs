use std::collections::{BTreeMap, BTreeSet};

use attune_ground::holdings::Holding;
use attune_ground::keys::OwnKeys;
use attune_ground::time::rfc3339;
use attune_protocol::registry::{Category, Modality, Retention};
use data_encoding::HEXLOWER;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::LEDGERS;
use crate::me::pseudonym;
use crate::retention::{Standing, standing};
use crate::{People, PeopleError};

/// How much is kept of somebody in one table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct HoldingView {
    /// The table.
    pub(super) table: &'static str,
    /// Of whom: a name that leads to nobody without the collector's key; null where it is of nobody.
    pub(super) pseudonym: Option<String>,
    /// From which device, 32 hexadecimal digits; null where it is of none.
    pub(super) device: Option<String>,
    /// Of which modality; null where it is of none, or of several.
    pub(super) modality: Option<&'static str>,
    /// What kinds of knowledge about a person the registry has for that modality.
    pub(super) categories: Vec<String>,
    /// The longest time, days, for which anything of it may be kept; null where the registry says none.
    pub(super) retention_days: Option<u32>,
    /// How many rows.
    pub(super) rows: u64,
    /// Their bytes before they were sealed.
    pub(super) bytes: u64,
    /// The first instant, RFC 3339.
    pub(super) first: Option<String>,
    /// The last instant, RFC 3339.
    pub(super) last: Option<String>,
}

impl HoldingView {
    fn of(own: &OwnKeys, holding: &Holding) -> Self {
        let number = holding.modality.and_then(|number| u8::try_from(number).ok());
        let modality = number.and_then(Modality::from_number);
        Self {
            table: holding.table,
            pseudonym: holding.person.map(|person| pseudonym(own, person)),
            device: holding.device.map(|device| device.to_string()),
            modality: modality.map(Modality::name),
            categories: modality.map(categories).unwrap_or_default().into_iter().map(category_name).collect(),
            retention_days: modality.and_then(retention).map(Retention::days),
            rows: holding.rows,
            bytes: holding.bytes,
            first: holding.span.map(|(first, _)| rfc3339(first)),
            last: holding.span.map(|(_, last)| rfc3339(last)),
        }
    }
}

/// The categories of a modality's features, each once.
pub(super) fn categories(modality: Modality) -> Vec<Category> {
    modality.features().iter().map(|feature| feature.category).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A category as the registry writes it.
pub(super) fn category_name(category: Category) -> String {
    serde_json::to_value(category).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn retention(modality: Modality) -> Option<Retention> {
    modality.features().iter().map(|feature| feature.retention).max_by_key(|retention| retention.days())
}

/// How much is kept of everybody, by all subjects.
pub(super) async fn holdings(people: &People, of: Option<&str>) -> Result<Vec<HoldingView>, PeopleError> {
    let mut all = Vec::new();
    for holdings in &*people.holdings {
        let counted = (holdings.count)(&people.store).await?;
        all.extend(counted.iter().map(|holding| HoldingView::of(&people.own, holding)));
    }
    all.retain(|holding| of.is_none_or(|of| holding.pseudonym.as_deref() == Some(of)));
    all.sort_by(|a, b| {
        (a.table, &a.pseudonym, &a.device, a.modality).cmp(&(b.table, &b.pseudonym, &b.device, b.modality))
    });
    Ok(all)
}

/// How a class of retention stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct ClassView {
    /// Its name, as in the settings; `history` is what people's own times ask for.
    pub(super) class: &'static str,
    /// Days for which it is kept; of `history` those of who has chosen none.
    pub(super) days: u16,
    /// How many rows are too old.
    pub(super) due: u64,
    /// The oldest of them, RFC 3339; null where none is.
    pub(super) oldest: Option<String>,
    /// When something of it was deleted last, RFC 3339; null where nothing was in three years.
    pub(super) deleted_at: Option<String>,
    /// How many rows were deleted then.
    pub(super) deleted: Option<u64>,
}

impl From<Standing> for ClassView {
    fn from(Standing { class, days, due, last }: Standing) -> Self {
        Self {
            class,
            days,
            due: due.rows,
            oldest: due.oldest.map(rfc3339),
            deleted_at: last.map(|(at, _)| rfc3339(at)),
            deleted: last.map(|(_, rows)| rows),
        }
    }
}

/// How every class stands now.
pub(super) async fn classes(people: &People) -> Result<Vec<ClassView>, PeopleError> {
    let all = standing(people.keeping(), attune_ground::time::now_millis()).await?;
    Ok(all.into_iter().map(ClassView::from).collect())
}

/// Rows and bytes under a name.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Sum {
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// Sums by what is asked of each.
pub(super) fn sums<K: Ord>(all: &[HoldingView], by: impl Fn(&HoldingView) -> Option<K>) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for holding in all {
        let Some(name) = by(holding) else { continue };
        let sum = sums.entry(name).or_default();
        sum.rows += holding.rows;
        sum.bytes += holding.bytes;
    }
    sums
}

/// Whether a ledger holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct LedgerView {
    /// `consents` or `access`.
    pub(super) name: &'static str,
    /// How many entries it has.
    pub(super) entries: i64,
    /// The hash of the last one, hexadecimal: whoever keeps it can tell later whether the ledger was written anew.
    pub(super) head: String,
    /// The first entry that is not what was written there, or is missing; null where all hold.
    pub(super) first_broken: Option<i64>,
    /// When it was checked, RFC 3339.
    pub(super) checked_at: String,
}

/// Checks every entry of each ledger.
pub(super) async fn ledgers(people: &People) -> Result<Vec<LedgerView>, PeopleError> {
    let mut connection = people.store.pool().acquire().await?;
    let mut all = Vec::new();
    for ledger in LEDGERS {
        let head = ledger.head(&mut connection).await?;
        let first_broken = ledger.first_broken(&mut connection).await?;
        all.push(LedgerView {
            name: ledger.name,
            entries: head.entries,
            head: HEXLOWER.encode(&head.hash),
            first_broken,
            checked_at: rfc3339(attune_ground::time::now_millis()),
        });
    }
    Ok(all)
}
