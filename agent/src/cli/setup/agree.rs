//! Consent: each modality for itself, each purpose for itself, in the words of `consent` and into its book.

use attune_protocol::consent::Purpose;
use attune_protocol::consent::texts::{Text, text};
use attune_protocol::policy;
use attune_protocol::registry::{Category, Modality};
use jiff::Timestamp;

use super::ask::{Asker, Ended};
use crate::AgentError;
use crate::config::Config;
use crate::control::{self, ConsentBook, Reached};
use crate::identity::{Identity, Standing};
use crate::keeping::carry_out as carry_out_here;
use crate::person;

/// What the person says of one modality.
pub(super) struct Agreed {
    modality: Modality,
    /// For the collector, and for their own view: what is so, and what is to be.
    was: [bool; 2],
    will_be: [bool; 2],
}

impl Agreed {
    pub(super) fn modality(&self) -> Modality {
        self.modality
    }

    /// Whether it will be sensed.
    pub(super) fn senses(&self) -> bool {
        self.will_be[1]
    }

    pub(super) fn is_new(&self) -> bool {
        self.was != self.will_be
    }

    pub(super) fn words(&self) -> String {
        let word = |place: usize| match (self.was[place], self.will_be[place]) {
            (true, true) => "agreed already",
            (false, true) => "agreed",
            (true, false) => "WITHDRAWN",
            (false, false) => "not agreed",
        };
        format!("{:8} wellbeing: {}; own view: {}", self.modality.name(), word(1), word(0))
    }
}

/// What a modality is, for who has not heard of it.
fn title(modality: Modality) -> &'static str {
    match modality {
        Modality::Face => "Camera (face)",
        Modality::Voice => "Microphone (voice)",
        Modality::Motion => "Movement (motion)",
        Modality::Heart => "Heartbeats (heart)",
        Modality::CheckIn => "Check-ins: what you say yourself",
        Modality::Text => "Messages: how they sound that you write (text)",
    }
}

/// The text about a modality and a purpose, with its version, which the book names.
fn shown(modality: Modality, purpose: Purpose) -> String {
    let Text { version, says } = text(modality, purpose);
    format!("{says} (Text {version}.)")
}

/// Asks for both purposes of a modality.
pub(super) fn ask(config: &Config, number: usize, modality: Modality, asker: &mut Asker<'_>) -> Result<Agreed, Ended> {
    let book = ConsentBook::load(&config.state)?;
    // Who has decided about anything has left the rest as it is; before that neither answer is nearer.
    let has_decided = book.since(0).next().is_some();
    let now = |purpose| has_decided.then(|| book.allows(modality, purpose));
    asker.heading(&format!("{number} of {}  {}", Modality::ALL.len(), title(modality)))?;
    asker.say(&shown(modality, Purpose::Wellbeing))?;
    asker.say(&where_it_stays(config, modality)?)?;
    asker.say(&format!(
        "You can withdraw it at any time, and what waits of it is erased: 'attune-agent consent withdraw --modality {modality}'."
    ))?;
    let question = match modality {
        Modality::CheckIn => "May what you say go to the collector (wellbeing)?",
        Modality::Text => "May messages be read here, and numbers go as far as said above (wellbeing)?",
        _ => "May it be sensed, and sent to the collector as far as said above (wellbeing)?",
    };
    let wellbeing = asker.yes(question, now(Purpose::Wellbeing))?;
    let was = [Purpose::OwnView, Purpose::Wellbeing].map(|purpose| book.allows(modality, purpose));
    // Messages may be read for oneself alone; of the others nothing comes without the first that could be kept.
    let own_view = match wellbeing || modality == Modality::Text {
        true => {
            asker.say(&shown(modality, Purpose::OwnView))?;
            asker.yes(
                "May it be kept on this device for you alone, to see on your own page (own view)?",
                now(Purpose::OwnView),
            )?
        }
        false => was[0],
    };
    if modality == Modality::Text && (wellbeing || own_view) {
        asker.say("A program hands them over with a token: 'attune-agent messages token' makes one, once this device is set up.")?;
    }
    Ok(Agreed { modality, was, will_be: [own_view, wellbeing] })
}

/// What of a modality may leave this device under the profiles in force, and what never does.
fn where_it_stays(config: &Config, modality: Modality) -> Result<String, AgentError> {
    let enrolled = Identity::load(&config.state)?.and_then(|identity| match identity.standing {
        Standing::Enrolled(enrolment) => Some(enrolment.profile),
        Standing::New | Standing::Outdated => None,
    });
    let profile = config.profile;
    let kept_back = |category: Category| policy::keeps_back(std::iter::once(profile).chain(enrolled), category);
    let mut categories: Vec<Category> = modality.features().iter().map(|spec| spec.category).collect();
    categories.sort();
    categories.dedup();
    let (leave, stay): (Vec<Category>, Vec<Category>) =
        categories.into_iter().partition(|category| kept_back(*category).is_none());
    let words = |list: &[Category]| list.iter().map(|category| person::word(*category)).collect::<Vec<_>>().join(", ");
    let under = match enrolled.filter(|enrolled| *enrolled != profile) {
        Some(enrolled) => format!("Under the profile {profile} of this device and {enrolled} of the collector"),
        None => format!("Under the profile {profile}"),
    };
    let stays = match stay.is_empty() {
        true => String::new(),
        false => {
            let mut rules: Vec<&str> = stay.iter().filter_map(|category| Some(kept_back(*category)?.id)).collect();
            rules.dedup();
            let rules = format!("{} {}", if rules.len() == 1 { "rule" } else { "rules" }, rules.join(", "));
            format!(" Stays here, whatever you agree to: {} ({rules}).", words(&stay))
        }
    };
    Ok(match leave.is_empty() {
        true => format!("{under} nothing of it may leave this device.{stays}"),
        false => format!("{under} numbers of these kinds may leave this device: {}.{stays}", words(&leave)),
    })
}

/// Writes into the book what is new, and has withdrawals carried out at once.
pub(super) fn carry_out(config: &Config, agreed: &[Agreed], asker: &mut Asker<'_>) -> Result<(), Ended> {
    let state = &config.state;
    let set = |book: &mut ConsentBook, granted: bool| {
        for one in agreed {
            for (place, purpose) in [Purpose::OwnView, Purpose::Wellbeing].into_iter().enumerate() {
                // An enrolment has ended what was agreed to before: then all of it is written anew.
                if one.will_be[place] == granted {
                    book.decide(one.modality, purpose, granted, Timestamp::now());
                }
            }
        }
    };
    let (_, changes, _) = ConsentBook::withdraw(state, |book| set(book, false))?;
    if !changes.is_empty() {
        let reached = control::reach(state, &changes, |in_force| in_force.carried_out)?;
        let removed = match reached {
            Reached::InForce(in_force) => in_force.removed,
            Reached::Nobody | Reached::Ended(_) => carry_out_here(config)?,
        };
        asker.say(&format!("Withdrawn; {removed} records that waited to be sent were removed."))?;
    }
    let book = ConsentBook::change(state, |book| set(book, true))?;
    let sensed: Vec<&str> =
        Modality::ALL.into_iter().filter(|one| book.allows(*one, Purpose::Wellbeing)).map(Modality::name).collect();
    asker.say(&match sensed.is_empty() {
        true => "You have agreed to nothing, so nothing is sensed.".to_owned(),
        false => format!("You have agreed to: {}.", sensed.join(", ")),
    })
}
