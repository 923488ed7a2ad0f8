//! A place in a text that tells who somebody is.

/// What a detail is. The order settles between two readings of one place that are equally long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Kind {
    Card,
    Iban,
    Email,
    Url,
    Ip,
    Birth,
    Number,
    Phone,
    Address,
    Handle,
    Company,
    Person,
}

impl Kind {
    pub(super) const ALL: [Kind; 12] = [
        Kind::Card,
        Kind::Iban,
        Kind::Email,
        Kind::Url,
        Kind::Ip,
        Kind::Birth,
        Kind::Number,
        Kind::Phone,
        Kind::Address,
        Kind::Handle,
        Kind::Company,
        Kind::Person,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Kind::Card => "CARD",
            Kind::Iban => "IBAN",
            Kind::Email => "EMAIL",
            Kind::Url => "URL",
            Kind::Ip => "IP",
            Kind::Birth => "BIRTH",
            Kind::Number => "NUMBER",
            Kind::Phone => "PHONE",
            Kind::Address => "ADDRESS",
            Kind::Handle => "HANDLE",
            Kind::Company => "COMPANY",
            Kind::Person => "PERSON",
        }
    }
}

/// One place, in bytes, and its value in the form in which two writings of it are equal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    pub(super) value: String,
}

impl Found {
    /// A place whose value is its letters and digits, whatever the case, the blanks and the hyphens.
    pub(super) fn plain(text: &str, start: usize, end: usize, kind: Kind) -> Self {
        let value = text[start..end].chars().filter(|letter| letter.is_alphanumeric());
        Self { start, end, kind, value: value.flat_map(char::to_lowercase).collect() }
    }
}

/// Leaves one reading of each place: the longest, then the earlier.
pub(super) fn settle(mut all: Vec<Found>) -> Vec<Found> {
    use std::collections::BTreeMap;

    all.sort_by_key(|found| (std::cmp::Reverse(found.end - found.start), found.start, found.kind));
    let mut kept: BTreeMap<usize, Found> = BTreeMap::new();
    for found in all {
        let before = kept.range(..found.end).next_back();
        if found.start < found.end && before.is_none_or(|(_, before)| before.end <= found.start) {
            kept.insert(found.start, found);
        }
    }
    kept.into_values().collect()
}
