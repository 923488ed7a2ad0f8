//! An annex to an agreement with the works council: what is sensed, where it is analysed, what leaves, who sees what, how
//! long, and what never.

use attune_protocol::policy::{Audience, Decision, LEAST_IN_A_GROUP};
use attune_protocol::registry::Category;

use super::markdown::{capital, list, open, table};
use super::protections::measures;
use super::{Basis, sensed};
use crate::policy::rows::{Row, given, rows};

pub(super) fn text(basis: &Basis<'_>) -> String {
    let profile = basis.matrix.profile;
    let mut text = "# Annex to the works agreement on Attune (draft)\n\n".to_owned();
    text += &basis.preamble();
    text += &open("parties, date, the people for whom it holds, and the agreement that this is an annex to.");

    text += "## 1. What is sensed\n\n";
    text += "Nothing without the person's own yes, sensor by sensor and use by use. It can be taken back at any time, on the \
        device, and a no needs no reason.\n\n";
    text += &sensed::sensors();
    text += "## 2. Where it is analysed\n\n";
    text += "On the person's own device, in memory. What was seen, heard or measured is wiped once the numbers have been read \
        from it; it is never written to a disk, never logged and never sent by the device.\n\n";
    text += match profile.lets_raw_media_in() {
        true => {
            "Under this profile the collector also analyses what somebody sends to it for that (`POST /analyze`), in its \
             memory, and wipes it [RESEARCH-RAW].\n\n"
        }
        false => {
            "The collector takes no pictures, no sound, no motion and no heartbeats in: it answers such a request with a \
             refusal that names the rule.\n\n"
        }
    };
    text += "## 3. What leaves the device, and what stays\n\n";
    text += &sensed::kinds(profile);
    text += "Beside that a device says, as long as its person agrees that it senses and has not paused it, that it is on, once a \
        minute, that a pause begins, and that it goes off. The last word of each device is kept, and shown to its person alone.\n\n";
    if profile.lets_everything_leave() {
        text += "**This profile is made for studies with people who took part in them and for demonstrations, not for people \
            at work.**\n\n";
    }
    text += &open("which sensors are in use at all, on which devices, and in which rooms and hours.");

    text += "## 4. Who may see what\n\n";
    text += &format!(
        "A group is at least {LEAST_IN_A_GROUP} people who all agreed. What is not named may be shown to nobody. A line says \
         what may be shown, not that there is a page for it.\n\n"
    );
    text += &shown(basis);
    text += &open(
        "which teams there are, and who leads them; who holds the roles of administrator, privacy officer and HR.",
    );

    text += "## 5. How long\n\n";
    text += "The longest time for each kind stands in the table of section 3, for each field in the last section. A person may \
        set a shorter time, and erase what they like at once. What a device keeps for its person's own view it keeps for at \
        most 14 days on which something was sensed.\n\n";
    text += &open("shorter times, if they are agreed, and when accounts of people who leave are erased.");

    text += "## 6. What never\n\n";
    text += &never(basis);

    text += "## 7. What everybody can do, at any time\n\n";
    text += &table(
        &["What", "How"],
        [
            [
                "See whether they are sensed, and what was sent",
                "`attune-agent status`, `attune-agent open` (their own page), `attune-agent audit` (field by field)",
            ],
            ["Stop it at once", "`attune-agent pause`, or the button on their own page"],
            ["Agree, or take it back, for each sensor and use", "`attune-agent consent`, or their own page"],
            ["Take along what their device holds", "`attune-agent export`"],
            ["Erase what their device holds, also unsent", "`attune-agent forget`"],
            [
                "Set how long the collector keeps theirs, and switch sensors off there",
                "their preferences (`/api/v1/preferences`)",
            ],
        ]
        .map(|row| row.map(str::to_owned).to_vec()),
    );

    text += "## 8. How people are protected\n\n";
    text += "The draft of the assessment (DPIA) names for each of these where it is held in the program.\n\n";
    text += &measures();

    text += "## 9. What the organisation and the works council agree\n\n";
    for what in [
        "how it is made sure that nobody is judged, paid, moved or dismissed by what Attune shows (GDPR Art. 22).",
        "how it is made sure that a no, a pause or a missing figure is held against nobody.",
        "how the works council looks at the settings, at the rules and at who saw what, and how often.",
        "what happens before the profile, the list of sensors or the version of the program is changed.",
        "whether this use makes Attune an AI system of high risk (EU AI Act Art. 6 and annex III no. 1(c) and 4(b)); then \
         those who are sensed and who speaks for them are told before it begins (Art. 26(7)).",
        "how the agreement ends, and what is erased then.",
    ] {
        text += &open(what);
    }
    text += "Once it is signed: put the name under which it is kept into the settings as `policy.works_agreement`.\n\n";
    text += "## 10. Every field that there is\n\n";
    text += "There are no others: a program of a later version that has more says so in its registry, and this list is made \
        from it. None of them can hold text, a picture or a sound.\n\n";
    text += &sensed::fields(profile);
    text
}

/// Who may be shown what, in the organisation and outside, on the device and off it.
fn shown(basis: &Basis<'_>) -> String {
    let rows = rows(basis.matrix);
    let row = |&audience: &Audience| {
        vec![capital(audience.words()), given(&rows, audience, |decision| decision != Decision::Forbidden)]
    };
    table(&["Who", "What, what for, and how"], Audience::ALL.iter().map(row))
}

/// What is refused, whoever asks, and what is refused to those who employ.
fn never(basis: &Basis<'_>) -> String {
    let profile = basis.matrix.profile;
    let all = rows(basis.matrix);
    let refused = |row: &&Row| row.rule.decision == Decision::Forbidden && row.rule.id != "ALL-NEED";
    let mut rules: Vec<&attune_protocol::policy::Rule> = Vec::new();
    for row in all.iter().filter(refused) {
        if !rules.contains(&row.rule) {
            rules.push(row.rule);
        }
    }
    let kept = Category::ALL.into_iter().filter_map(|category| {
        let rule = profile.leaving(category);
        (!rule.decision.leaves_the_device()).then_some(rule)
    });
    let mut first: Vec<&attune_protocol::policy::Rule> = Vec::new();
    for rule in kept.chain(rules) {
        if !first.contains(&rule) {
            first.push(rule);
        }
    }
    list(first.into_iter().map(|rule| format!("{} [{}; {}]", rule.says, rule.id, rule.source)))
}
