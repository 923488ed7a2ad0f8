//! How many people stand out, and in what. A report of a day is handed on: as of any group, no few people are counted in it.

use std::collections::BTreeMap;

use attune_hr::reported::{Flagged, least_told};
use attune_pages::words::count;
use attune_reports::{Bar, Bars, Concern, Told, Why};

use super::definitions::SEVERITY;
use super::individual::severe;

/// Concerns that are told.
const CONCERNS: usize = 10;

/// Whether that is some people, and fewer than are told of.
pub(super) fn is_few(people: u64, least: u64) -> bool {
    (1..least).contains(&people)
}

/// What stands there instead of their number.
pub(super) fn fewer(least: u64) -> String {
    format!("fewer than {least} people")
}

/// By severity. Everybody less the others would tell those of which there are few: then another severity is withheld with them.
pub(super) fn severities(found: &[&Flagged], least: u64) -> Bars {
    let many = |name: &str| found.iter().filter(|flag| severe(flag.severity) == name).count();
    let names = ["high", "medium", "low", "below low"];
    let bound = least_told(names.map(many).to_vec(), usize::try_from(least).unwrap_or(usize::MAX));
    let told = |name: &str| Some(many(name)).filter(|many| *many == 0 || *many >= bound);
    let bar = |name: &'static str| Bar {
        name: name.to_owned(),
        value: told(name).map(|many| many as f64),
        written: told(name).map_or_else(|| "withheld".to_owned(), |many| count(many as u64)),
        coverage: "everybody whom the last search flags".to_owned(),
    };
    let bars: Vec<Bar> = names.map(bar).into();
    let highest = bars.iter().filter_map(|bar| bar.value).fold(1.0, f64::max);
    let all = found.len() as u64;
    let finding = match told("high") {
        Some(high) if !is_few(all, least) => format!("{} of {} are high.", count(high as u64), count(all)),
        Some(high) => format!("{} are high.", count(high as u64)),
        None => "How many are high would tell of few people.".to_owned(),
    };
    Bars {
        title: "People who stand out, by severity of the largest reason".to_owned(),
        finding,
        unit: "People".to_owned(),
        highest,
        definition: SEVERITY.to_owned(),
        bars,
    }
}

/// The reasons that most people have, and in how many of them each is high.
pub(super) fn concerns(found: &[&Flagged], least: u64) -> Told<Vec<Concern>> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for reason in found.iter().flat_map(|flag| &flag.reasons).filter(|reason| reason.severity.is_some()) {
        let (people, high) = counts.entry(reason.name).or_default();
        *people += 1;
        *high += u64::from(reason.severity == Some("high"));
    }
    if counts.is_empty() {
        return Told::not(Why::None, "The last search finds nobody with a reason that is low or more.");
    }
    let mut all: Vec<(&str, (u64, u64))> = counts.into_iter().filter(|(_, (people, _))| *people >= least).collect();
    if all.is_empty() {
        return Told::not(Why::Withheld, format!("Each would tell of {}.", fewer(least)));
    }
    all.sort_by(|(one, of_one), (other, of_other)| of_other.cmp(of_one).then_with(|| one.cmp(other)));
    let concern = |(name, (people, high)): (&str, (u64, u64))| {
        let is_told = !is_few(high, least) && !is_few(people - high, least);
        Concern {
            name: name.to_owned(),
            people: Told::Here(count(people)),
            severe: if is_told { count(high) } else { "withheld".to_owned() },
        }
    };
    Told::Here(all.into_iter().take(CONCERNS).map(concern).collect())
}

#[cfg(test)]
mod tests {
    use attune_hr::reported::Reason;
    use attune_protocol::ids::PersonId;

    use super::*;

    fn flagged(name: &'static str, severity: Option<&'static str>) -> Flagged {
        let (value, ordinary) = (None, None);
        Flagged {
            person: PersonId([0; 16]),
            severity,
            reasons: vec![Reason { name, feature: name, severity, value, ordinary, is_steady: true }],
            seeds: 10,
            flagged_by: 10,
            is_found: true,
            found_at: 0,
            owner: None,
            notes: None,
            due: None,
            decisions: Vec::new(),
            objections: Vec::new(),
        }
    }

    /// So many people of a severity, for one reason.
    fn some(many: usize, name: &'static str, severity: &'static str) -> Vec<Flagged> {
        vec![flagged(name, Some(severity)); many]
    }

    fn values(all: &[Flagged]) -> Vec<Option<f64>> {
        let bars = severities(&all.iter().collect::<Vec<_>>(), 10);
        bars.bars.into_iter().map(|bar| bar.value).collect()
    }

    #[test]
    fn how_many_are_of_a_severity_is_told_of_none_and_of_many_and_never_of_few_nor_what_leads_to_them() {
        let many = [some(12, "Leave", "high"), some(30, "Leave", "low")].concat();
        assert_eq!(values(&many), [Some(12.0), Some(0.0), Some(30.0), Some(0.0)]);
        let few = [some(3, "Leave", "high"), some(11, "Leave", "medium"), some(30, "Leave", "low")].concat();
        assert_eq!(values(&few), [None, None, Some(30.0), Some(0.0)], "all less the others would tell the three");
        let bars = severities(&few.iter().collect::<Vec<_>>(), 10);
        assert!(!bars.finding.contains('3'), "{}", bars.finding);
    }

    #[test]
    fn a_concern_of_few_people_is_not_told_nor_is_it_of_how_few_it_is_severe() {
        let all = [some(12, "Leave", "high"), some(2, "Leave", "low"), some(9, "Awards", "high")].concat();
        let Told::Here(told) = concerns(&all.iter().collect::<Vec<_>>(), 10) else { panic!("one is told") };
        let told: Vec<_> = told.iter().map(|one| (one.name.as_str(), one.severe.as_str())).collect();
        assert_eq!(told, [("Leave", "withheld")]);
        let few = some(9, "Awards", "high");
        let Told::Not(missing) = concerns(&few.iter().collect::<Vec<_>>(), 10) else { panic!("none is told") };
        assert_eq!(missing.why, Why::Withheld);
    }
}
