//! What is sensed of people, as they themselves and who watches over it have it: taken out, erased and counted.

mod carried;
mod count;
mod erase;
mod export;
mod heart;
mod records;
mod table;

use attune_ground::Holdings;

pub(crate) use carried::CARRIED;

/// What this subject does with what it keeps of people.
pub(crate) const HOLDINGS: Holdings = Holdings { export: export::export, erase: erase::erase, count: count::count };

#[cfg(test)]
mod tests;
