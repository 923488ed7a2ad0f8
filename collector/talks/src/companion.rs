//! The built-in companion, as talks have it: its state is kept with the talk, in its own form; what it proposes to remember is only
//! remembered where its person allows that.

use std::sync::Arc;

use attune_analysis::text::Reading;
use attune_analysis::text::crisis::Level;
use attune_companion::{Context as Known, Country, Problem, RememberedKind, Resources, State, SupportType};

use crate::heard::Heard;
use crate::sealed::Remembered;
use crate::written::LONGEST_MEMORY;

pub(crate) use attune_companion::{
    Heard as Hearing, Remembered as Proposal, says_what_it_is, says_what_it_is_to_nobody_known,
};

/// What is asked of who seemed to be in danger a day before, and which support that is.
pub(crate) const FOLLOW_UP: &str = "When you last wrote here, it sounded very hard. I am a program, and I cannot know how it went on. How are you now? \
     If it is no better, you need not be alone with it: the help page has numbers of people who listen today.";
pub(crate) const FOLLOWS_UP: &str = SupportType::FollowUp.name();

/// Whether an answer of this support is about danger: the fixed words, and what is asked about it, directly or a day later.
pub(crate) fn is_about_danger(support: &str) -> bool {
    [SupportType::CrisisResponse.name(), FOLLOWS_UP].contains(&support)
}

/// What stands below the fixed words where whom its reader chose is told.
pub(crate) const TOLD: &str = "As you chose it, those whom you named for this are now told to get in touch with you. They are told nothing else: neither what \
     you wrote, nor that it was here.";

/// Telephone numbers of people who help: those that came with the program, or those of the organisation.
#[derive(Clone, Debug)]
pub struct Help(Arc<Resources>);

impl Help {
    /// Those that came with the program.
    #[must_use]
    pub fn built_in() -> Self {
        Self(Arc::new(Resources::built_in().clone()))
    }

    /// Those of a file of the organisation, in the place of what it names.
    ///
    /// # Errors
    /// Where it does not read; says what is wrong.
    pub fn read(file: &str) -> Result<Self, String> {
        Resources::read(file).map(|all| Self(Arc::new(all))).map_err(|error| error.to_string())
    }

    /// Those of a country; of all where none is named, or one that is not known.
    pub(crate) fn of(&self, country: Option<&str>) -> Vec<Resource> {
        let everywhere = self.0.of(None);
        let countries = self.0.countries();
        let wanted = country.and_then(Country::named);
        let wanted = wanted.filter(|wanted| countries.iter().any(|(of, _)| of == wanted));
        let shown = countries.iter().filter(|(of, _)| wanted.is_none_or(|wanted| *of == wanted));
        let mut all = Vec::new();
        for (of, name) in shown {
            let lines = self.0.of(Some(*of));
            let own = lines.len() - everywhere.len();
            all.extend(lines.into_iter().take(own).map(|line| Resource::new(name, line)));
        }
        all.extend(everywhere.into_iter().map(|line| Resource::new("", line)));
        all
    }
}

/// Somewhere to get help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Resource {
    /// The country's name; empty where it is for everywhere.
    pub(crate) country: String,
    pub(crate) name: String,
    /// A number, or by which other way it is reached.
    pub(crate) number: String,
    pub(crate) hours: String,
}

impl Resource {
    fn new(country: &str, of: &attune_companion::Resource) -> Self {
        let ways: Vec<&str> = [&of.number, &of.text, &of.url].into_iter().filter_map(Option::as_deref).collect();
        Self { country: country.to_owned(), name: of.name.clone(), number: ways.join(", "), hours: of.hours.clone() }
    }
}

/// What the companion knows of whom it answers.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) remembered: Vec<Remembered>,
    pub(crate) country: Option<String>,
    /// By which one of several ways to say something is chosen.
    pub(crate) seed: u64,
}

/// What it answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) text: String,
    /// Which support it gives, as clients have it.
    pub(crate) support: &'static str,
    /// What could be remembered.
    pub(crate) remember: Vec<Proposal>,
}

impl From<attune_companion::Reply> for Reply {
    fn from(of: attune_companion::Reply) -> Self {
        Self { text: of.text, support: of.support.name(), remember: of.remember }
    }
}

/// What is heard in a text: as the companion needs it, and as it is kept.
pub(crate) fn hear(text: &str, reading: &Reading) -> (Hearing, Heard) {
    let hearing = attune_companion::hear(text, reading.scores.as_ref().ok());
    let heard = Heard {
        crisis: hearing.crisis.clone(),
        intent: hearing.intent.name().to_owned(),
        wants: hearing.wants.map(|wants| wants.name().to_owned()),
        entities: hearing.entities.iter().map(|entity| entity.name().to_owned()).collect(),
        problems: hearing.problems.iter().map(|problem| problem.name().to_owned()).collect(),
        importance: hearing.importance as f32,
    };
    (hearing, heard)
}

/// What a problem is called in a report.
pub(crate) fn problem_words(name: &str) -> String {
    Problem::named(name).map_or_else(|| name.to_owned(), |problem| problem.display_name().to_owned())
}

/// The state of a talk; the beginning of one where it does not read any more.
fn state(kept: &[u8]) -> State {
    serde_json::from_slice(kept).unwrap_or_default()
}

fn keep(state: &State) -> Vec<u8> {
    // It is of numbers and names, and is written to memory.
    serde_json::to_vec(state).unwrap_or_default()
}

/// The fixed words, where whoever writes, or somebody of whom they tell, seems to be in danger. They come before any other answer.
pub(crate) fn urgent(kept: &mut Vec<u8>, hearing: &Hearing, country: Option<&str>, help: &Help) -> Option<Reply> {
    let mut state = state(kept);
    let reply = attune_companion::urgent(&mut state, hearing, country.and_then(Country::named), &help.0)?;
    *kept = keep(&state);
    Some(reply.into())
}

/// How much somebody is in danger who writes this: by what it says, and by what it says to what they were asked.
pub(crate) fn level(kept: &[u8], hearing: &Hearing) -> Level {
    attune_companion::level(&state(kept), hearing)
}

/// What the companion answers.
pub(crate) fn reply(kept: &mut Vec<u8>, hearing: &Hearing, context: &Context) -> Reply {
    let mut state = state(kept);
    let known = Known {
        concerns: Vec::new(),
        remembered: context.remembered.iter().filter_map(proposal).collect(),
        country: context.country.as_deref().and_then(Country::named),
        seed: context.seed,
    };
    let reply = attune_companion::answer(&mut state, hearing, &known);
    *kept = keep(&state);
    reply.into()
}

/// Whether what answers next is the companion's own, whoever else could: the fixed words were said, and what follows them is fixed, too.
pub(crate) fn follows_up(kept: &[u8]) -> bool {
    state(kept).follows_up()
}

/// It was asked how somebody is: what they answer is the companion's to answer.
pub(crate) fn asked_how(kept: &mut Vec<u8>) {
    let mut state = state(kept);
    state.asked_how();
    *kept = keep(&state);
}

/// Somebody else answered: the state keeps in step.
pub(crate) fn passed(kept: &mut Vec<u8>, hearing: &Hearing) {
    let mut state = state(kept);
    state.passed(hearing);
    *kept = keep(&state);
}

/// What is proposed to be remembered, as it is kept.
pub(crate) fn remembered(of: &Proposal) -> Remembered {
    Remembered {
        kind: of.kind.name().to_owned(),
        problem: of.problem.map(|problem| problem.name().to_owned()),
        text: of.words.chars().take(LONGEST_MEMORY).collect(),
        by_person: false,
    }
}

/// What is remembered, as the companion has it; none of a kind that is not known any more.
fn proposal(of: &Remembered) -> Option<Proposal> {
    let problem = of.problem.as_deref().and_then(Problem::named);
    Some(Proposal::new(RememberedKind::named(&of.kind)?, problem, &of.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_of_one_country_or_of_all_and_always_of_everywhere() {
        let help = Help::built_in();
        let (austria, all) = (help.of(Some("at")), help.of(None));
        assert!(austria.iter().any(|of| of.number.contains("142")) && austria.len() < all.len());
        assert!(austria.iter().all(|of| of.country == "Austria" || of.country.is_empty()));
        assert_eq!(help.of(Some("zz")), all, "of none that is known");
        assert!(all.iter().all(|of| !of.name.is_empty() && !of.number.is_empty() && !of.hours.is_empty()));
        assert!(Help::read("country = 1").is_err());
    }

    #[test]
    fn a_state_that_does_not_read_is_a_beginning_and_what_is_remembered_comes_back_as_it_was() {
        assert_eq!(state(b"{\"version\": 200}"), State::default());
        assert_eq!(state(&keep(&State::default())), State::default());
        let of = Proposal::new(RememberedKind::Plan, Some(Problem::Sleep), "A walk at noon.");
        assert_eq!(proposal(&remembered(&of)), Some(of));
    }
}
