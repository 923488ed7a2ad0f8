//! A trial of another sensitivity: whom it would flag, how serious that would be, and who would come and go. Nothing of it is kept.

use std::collections::BTreeSet;

use attune_forest::{Detection, Error, Settings, threads};
use attune_ground::http::Problem;

use super::detections::{self, Wish, read_share};
use super::find::{FEWEST, values};
use super::flags;
use crate::error::HrError;
use crate::master::elara::{Reasons, Severity};
use crate::master::{INPUTS, Row};
use crate::merged;
use crate::state::Hr;
use crate::turn::WAITS;

/// Those of the people who would be flagged whose reasons are weighed: the most unusual.
const WEIGHED: usize = 1000;

/// The largest share that is ever flagged.
const MOST: f64 = 0.5;

/// Where the line is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Line {
    /// So that a share of people is beyond it.
    Share(f64),
    /// At a score: who is below is flagged.
    Score(f64),
}

/// What is tried.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Trial {
    pub(crate) line: Line,
    pub(crate) seed: u64,
}

impl Trial {
    /// Of what somebody asked for: a share or a score.
    ///
    /// # Errors
    /// 400 for neither, for both and for what is out of bounds.
    pub(crate) fn of(share: Option<f64>, score: Option<f64>, seed: Option<u64>) -> Result<Self, Problem> {
        let seed = Wish::of(None, seed)?.seed;
        let line = match (share, score) {
            (Some(share), None) => Line::Share(read_share("share", share)?),
            (None, Some(score)) if (-1.0..0.0).contains(&score) => Line::Score(score),
            (None, Some(_)) => {
                let why = "score is the line below which people are flagged: from -1 to below 0";
                return Err(Problem::bad_request("score", why));
            }
            _ => return Err(Problem::bad_request("share", "say either a share or a score")),
        };
        Ok(Self { line, seed })
    }
}

/// What a trial finds.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Preview {
    /// How many people there are.
    pub(crate) people: usize,
    /// Which share a search flags that is to flag the same: one half at most, none for nobody.
    pub(crate) share: Option<f64>,
    /// At which score the line is then.
    pub(crate) score: Option<f64>,
    /// Who is beyond it, by the ids of the tables, the most unusual first.
    pub(crate) flagged: Vec<String>,
    /// How many of those that are weighed have a largest reason of each severity: high, medium, low, below low.
    pub(crate) severities: [usize; 4],
    /// How many are weighed: the most unusual.
    pub(crate) weighed: usize,
    /// Who is flagged that the search that stands does not flag.
    pub(crate) come: Vec<String>,
    /// Who is not that it does.
    pub(crate) go: Vec<String>,
}

/// Tries a sensitivity.
///
/// # Errors
/// 403, naming the rule, where nothing may be looked for; when the database refuses.
pub(crate) async fn preview(state: &Hr, trial: Trial) -> Result<Preview, Problem> {
    state.check_flagged()?;
    let turn = state.reading().within(WAITS).await?;
    let (rows, _) = merged::rows(state).await?.apart();
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        found(&rows, &trial)
    });
    let found = work.await.map_err(|_| HrError::Panicked)?.map_err(HrError::from)?;
    Ok(beside(found, &standing(state).await?))
}

/// Whom the search that stands flags.
async fn standing(state: &Hr) -> Result<BTreeSet<String>, Problem> {
    let Some(standing) = detections::standing(state).await? else { return Ok(BTreeSet::new()) };
    let flags = flags::all(state).await?;
    let of_it = flags.all.iter().filter(|(_, flag)| flag.detection == standing.id);
    Ok(of_it.map(|(employee, _)| employee.0.clone()).collect())
}

/// With who comes and who goes.
fn beside(found: Preview, standing: &BTreeSet<String>) -> Preview {
    let flagged: BTreeSet<&String> = found.flagged.iter().collect();
    let come = found.flagged.iter().filter(|name| !standing.contains(*name)).cloned().collect();
    let go = standing.iter().filter(|name| !flagged.contains(name)).cloned().collect();
    Preview { come, go, ..found }
}

fn found(rows: &[Row], trial: &Trial) -> Result<Preview, Error> {
    let people = rows.len();
    if people < FEWEST {
        return Ok(Preview { people, ..Preview::default() });
    }
    let usual = Settings { seed: trial.seed, ..Settings::default() };
    let settings = match trial.line {
        Line::Share(share) => Settings { contamination: share, ..usual },
        Line::Score(_) => usual,
    };
    let threads = threads();
    let detection = Detection::of(&values(rows), INPUTS.len(), &settings, threads)?;
    let share = match trial.line {
        Line::Share(share) => Some(share),
        Line::Score(score) => share_beyond(&detection, score),
    };
    let flagged = share.map_or_else(Vec::new, |share| detection.flagged_with(share));
    let weighed = flagged.get(..WEIGHED).unwrap_or(&flagged);
    let mut severities = [0; 4];
    detection.contributions(weighed, threads, |_, contributions| severities[severity(contributions)] += 1)?;
    Ok(Preview {
        people,
        share,
        score: share.map(|share| detection.forest().offset_at(share)),
        severities,
        weighed: weighed.len(),
        flagged: flagged.into_iter().map(|place| rows[place].employee.0.clone()).collect(),
        ..Preview::default()
    })
}

/// The share of people below a score, to the millionth; none for nobody.
fn share_beyond(detection: &Detection, score: f64) -> Option<f64> {
    let (offset, all) = (detection.forest().offset(), detection.decisions());
    let beyond = all.iter().filter(|decision| **decision + offset < score).count();
    let share = (beyond as f64 / all.len() as f64 * 1e6).round() / 1e6;
    (share > 0.0).then_some(share.min(MOST))
}

/// The place of the severity of the largest reason: high, medium, low, below low.
fn severity(contributions: &[f64]) -> usize {
    let contributions = std::array::from_fn(|place| contributions.get(place).copied().unwrap_or_default());
    match Reasons::of(&contributions).problems.first().and_then(|reason| reason.severity) {
        Some(Severity::High) => 0,
        Some(Severity::Medium) => 1,
        Some(Severity::Low) => 2,
        None => 3,
    }
}
