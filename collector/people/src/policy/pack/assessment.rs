//! A draft of the assessment of consequences for data protection, GDPR Art. 35(7), letter by letter.

use attune_protocol::policy::{Decision, LEAST_IN_A_GROUP, RULES};
use attune_protocol::registry::Category;

use super::markdown::{list, open, open_cell, table};
use super::protections::risks;
use super::{Basis, sensed};
use crate::policy::rows;

pub(super) fn text(basis: &Basis<'_>) -> String {
    let profile = basis.matrix.profile;
    let mut text = "# Assessment of consequences for data protection: Attune (draft)\n\n".to_owned();
    text += "GDPR Art. 35; the letters are those of Art. 35(7).\n\n";
    text += &basis.preamble();
    text += "An assessment is needed before people are sensed at work: health data and signals of face and voice are \
        processed, of people who depend on who asks (Art. 35(3)(b); Guidelines WP 248 rev.01).\n\n";
    text += &open(
        "who made this assessment and when, the advice of the data protection officer (Art. 35(2)), and the views of the \
         people concerned or of who speaks for them (Art. 35(9)).",
    );

    text += "## (a) What is done, and what for\n\n";
    text += "1. A device of a person senses, for each sensor only if they agreed. Its own program reads numbers from what was \
        sensed, every ten seconds, and wipes what was sensed from memory.\n";
    text += "2. A gate on the device takes out of these numbers what the profile does not let leave. What stays is shown to \
        the person, on the device, if they want that.\n";
    text += &format!(
        "3. The rest waits sealed on the device, is signed and sent through {} to the organisation's collector, which looks at \
         consent and profile again and stores it in {}, sealed under a key of each person.\n",
        basis.broker(),
        basis.given.setup.database
    );
    text += &format!(
        "4. The collector makes sessions and scores of it and answers through its API at {}.\n\n",
        basis.api()
    );
    text += &sensed::sensors();
    text += &format!(
        "Pictures, sound, motion and heartbeats as captured: {} [{}].\n\n",
        match profile.lets_raw_media_in() {
            true => "who sends them to the collector has them analysed in its memory and wiped",
            false => "the collector takes none in",
        },
        profile.taking_in().id
    );
    text += &open(
        "what the organisation wants to reach by it, for whom, how many people, since when, and the legitimate interest if it \
         relies on one.",
    );

    text += &open(
        "whether this use makes it an AI system of high risk (EU AI Act Art. 6 and annex III no. 1(c) and 4(b)), and then the \
         assessment of Art. 27, if it is due, and how people are told (Art. 26(7)).",
    );
    text += "## (b) Why it is necessary, and not more than that\n\n";
    text += &sensed::kinds(profile);
    text += &list([
        format!("Those who employ are shown groups of at least {LEAST_IN_A_GROUP} people, never one person [ALL-GROUP]."),
        "Missing data are told as missing: no score has a default, and each says how uncertain it is.".to_owned(),
        "What is kept of a person is theirs to see, to correct, to take along and to have erased [ALL-OWN]; on the device with \
         `attune-agent open`, `audit`, `export` and `forget`.".to_owned(),
    ]);
    text += "Rules that refuse, with their source:\n\n";
    text += &refusing(basis);
    text +=
        &open("how a person asks for what the collector keeps of them, and who answers within a month (Art. 12(3)).");
    text += &open(
        "why the aim cannot be reached with less: with a survey alone, without cameras, without heart signals, with fewer \
         people.",
    );
    text += &open(
        "why consent is free although one side employs the other (Art. 7(4), recital 43): what a no costs, who learns of it, \
         and what those are offered who say no.",
    );
    if matches!(profile.leaving(Category::Affect).decision, Decision::OnlyWithConsent) {
        text += &open(
            "the profile in force lets emotion read from face and voice leave the device: the study that this is for, its \
             approval, and why it does not fall under the EU AI Act Art. 5(1)(f), which forbids that at work.",
        );
    }

    text += "## (c) What people risk, and (d) what is done against it\n\n";
    text += "For each measure stands where it is held: files of the project, and tests by their names. `SECURITY.md` lists who \
        could do what, with more of them.\n\n";
    text += &risks(&open_cell("low, medium or high, and why"));
    text += "What the program does not protect from: an administrator who has both the database and the master key can read \
        the numbers of everybody that are stored; what a person says of themselves to others; pressure to agree.\n\n";
    text += &open(
        "risks of this organisation in particular: small teams, people who can be told from their hours, conflicts with who \
         leads a team; and what is done against each.",
    );
    text += &table(
        &["In the end", ""],
        [
            vec!["What remains, all together".into(), open_cell("low, medium or high")],
            vec!["If it is high: the authority was asked (Art. 36)".into(), open_cell("date and answer")],
            vec!["Decided by, and on".into(), open_cell("name and date")],
            vec!["To be looked at again (Art. 35(11))".into(), open_cell("date")],
        ],
    );
    text += "Once it is decided: put the name under which it is kept into the settings as `policy.dpia`.\n";
    text
}

/// The rules of the matrix in force that refuse something, with their source.
fn refusing(basis: &Basis<'_>) -> String {
    let used: Vec<&str> = rows(basis.matrix).iter().map(|row| row.rule.id).collect();
    let refuses = RULES.iter().filter(|rule| rule.decision == Decision::Forbidden && used.contains(&rule.id));
    let row = |rule: &&_| {
        let rule: &attune_protocol::policy::Rule = rule;
        vec![rule.id.to_owned(), rule.says.to_owned(), rule.source.to_owned()]
    };
    table(&["Rule", "What it says", "From"], refuses.map(row))
}
