use serde::Deserialize;

use super::phrase::{Phrase, Plural};

/// All that the pages of teams say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct TeamsWords {
    pub list: ListOfTeams,
    pub team: OneTeam,
    pub figure: FigureOfTeams,
    pub choose: ChooseOfTeams,
    pub views: ViewsOfTeams,
    pub how: HowOfTeams,
    pub channels: ChannelsOfTeams,
}

/// The list of teams.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ListOfTeams {
    pub title: String,
    pub organisation: String,
    pub finding: Phrase,
    pub all_known: String,
    pub changed: Phrase,
    pub changed_more: Phrase,
    pub changed_less: Phrase,
    pub some_known: Phrase,
    pub none_known: String,
    pub barred: Phrase,
    pub empty: String,
    pub empty_own: String,
    pub chart: Phrase,
    pub chart_says: Phrase,
    pub table: Phrase,
    pub team: String,
    pub value: String,
    pub between: String,
    pub people: String,
    pub change: String,
    pub seen: String,
    pub why: String,
    pub note: Phrase,
    pub left_out: Plural,
    pub measures: String,
    pub teams: Plural,
}

/// One team.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct OneTeam {
    pub finding: Phrase,
    pub finding_none: Phrase,
    pub report: String,
    pub before: String,
    pub chart: Phrase,
    pub chart_says: Phrase,
    pub table: String,
    pub week: String,
    pub noise: String,
    pub noise_is: Phrase,
    pub no_noise: String,
    pub bands: Phrase,
    pub band: String,
    pub band_is: Phrase,
    pub band_withheld: String,
    pub closed: Phrase,
}

/// Figures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct FigureOfTeams {
    pub scale: Phrase,
    pub people: Phrase,
    pub people_between: Phrase,
    pub more: Phrase,
    pub less: Phrase,
    pub open: String,
    pub nothing_before: String,
    pub seen_of: String,
    pub too_wide: String,
    pub uncertain: Phrase,
    pub between: Phrase,
    pub weeks_needed: Phrase,
    pub period: Phrase,
    pub none: Phrase,
    pub withheld: Phrase,
}

/// The choice of measure and weeks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ChooseOfTeams {
    pub measure: String,
    pub weeks: String,
    pub weeks_hint: String,
    pub last: Plural,
    pub from: String,
    pub to: String,
    pub barred: Phrase,
    pub show: String,
}

/// Views that somebody keeps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ViewsOfTeams {
    pub title: String,
    pub finding: String,
    pub keep: String,
    pub name: String,
    pub name_hint: String,
    pub button: String,
    pub table: String,
    pub measure: String,
    pub weeks: String,
    pub last: Plural,
    pub between: Phrase,
    pub kept: String,
    pub empty: String,
    pub to_teams: String,
    pub which: String,
    pub remove: String,
    pub all: String,
}

/// Kinds of channels beside each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct ChannelsOfTeams {
    pub table: String,
    pub kind: String,
    pub sentiment: String,
    pub stress: String,
    pub value: Phrase,
    pub note: String,
    pub none: String,
}

/// How it is computed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is what stands beside its name in the file of texts")]
pub struct HowOfTeams {
    pub title: String,
    pub measure: Phrase,
    pub teams: Phrase,
    pub weeks: String,
    pub compared: String,
    pub measures_title: String,
    pub measures_finding: String,
    pub name: String,
    pub range: String,
    pub formula: String,
    pub source: String,
    pub made_of: String,
    pub shown: String,
    pub is_shown: String,
    pub range_is: Phrase,
    pub by_channel: Phrase,
}
