//! The record of processing activities, GDPR Art. 30(1), letter by letter.

use std::collections::BTreeSet;

use attune_protocol::policy::{Audience, Data, Decision, Purpose};

use super::markdown::{capital, list, open, open_cell, table};
use super::protections::measures;
use super::{Basis, sensed};
use crate::policy::rows::{given, rows};

pub(super) fn text(basis: &Basis<'_>) -> String {
    let mut text = "# Record of processing activities: Attune\n\n".to_owned();
    text += "GDPR Art. 30(1); the letters are those of that paragraph.\n\n";
    text += &basis.preamble();
    text += "## (a) Who is responsible\n\n";
    text += &table(
        &["Who", "Name and how to reach them"],
        [
            vec!["Controller".into(), open_cell("name, address, e-mail, telephone")],
            vec!["Joint controllers, if any".into(), open_cell("names, or \"none\"")],
            vec!["Representative in the Union, if one is needed".into(), open_cell("name, or \"none\"")],
            vec!["Data protection officer".into(), open_cell("name and how to reach them, or \"none\"")],
        ],
    );
    text += "## (b) What it is for\n\n";
    text += "What the collector may keep, and for what. What is not named it may not keep for that use.\n\n";
    text += &purposes(basis);
    text += "Text of messages and talks is there only where the organisation connects them, and tables of the personnel department only where \
        that department gives them.\n\n";
    text +=
        &open("which of these uses the organisation makes, since when, and on which legal basis it relies for each.");
    text += "## (c) Whose data, and which\n\n";
    text += &list([
        "People whose devices are enrolled: what their devices sense, each sensor only with their consent.".to_owned(),
        "People who sign in: name, address of mail, role, and means of signing in.".to_owned(),
        "Of these, managers, the personnel department, privacy officers and administrators: how many people and lists they open and when, \
         how many files they take, and how often they are refused, by day, from the log of access; what is far beyond their own habit is told to the \
         privacy officers, who decide (Art. 32).".to_owned(),
    ]);
    text += &open("who these people are (departments, number), and whether apprentices or minors are among them.");
    text += &sensed::kinds(basis.matrix.profile);
    text += "Whether each device is on, as it said last, and when: while its person agrees that it senses, and not during a pause.\n\n";
    text += "What was sensed and said of each person is summed up by hour, day, week and month, sealed as it is. Of teams that are large \
        enough means by week and day are kept in clear, and of whom they are by tags that lead to nobody without the collector's key; \
        these stay when a person is erased.\n\n";
    text += "Beside them, in clear: a random number for each person and device, times, sensor, sizes; the user id under which \
        the organisation knows a person, in one table alone.\n\n";
    text += "## (d) Who is given it\n\n";
    text += &recipients(basis);
    text += &format!("Devices send through {}. ", basis.broker());
    if basis.has_broker_of_this_machine() {
        text += "It takes connections of this machine only.\n\n";
    } else {
        text += "Whoever runs it sees which device sends when, and, without TLS, what it sends.\n\n";
        text += &open("who runs the broker, and the agreement with them (Art. 28) if they are a processor.");
    }
    text += &open(
        "other recipients: who hosts the machine, the database and the copies of it, and the agreements with them (Art. 28).",
    );
    text += "## (e) Third countries\n\n";
    text += "The collector sends nothing anywhere by itself but answers to devices. A language model outside would be given \
        text only with its person's consent, and only at an address that the organisation has put on its list [ALL-MODEL].\n\n";
    text += &open(
        "in which country the machine, the database, the copies and the broker are; for a third country the safeguards (Art. \
         46).",
    );
    text += "## (f) When it is erased\n\n";
    text += "The longest time for each field stands in the registry, in the table under (c) and, field by field, in the annex \
        for the works council, and by class in `attune-collector retention show`. A person may set a shorter time for theirs (`max_history_days`), and delete any session at any \
        time. Of who sets none, what is sensed goes after the usual history, and sums of it by hour, day, week and month after the class `rollups`; what is too old is looked for at the start and every hour. What is deleted when, table by table, and what \
        deleting leaves, stands in `collector/ground/README.md`.\n\n";
    text += &open(
        "times by which the organisation itself erases accounts of people who leave, logs and copies of the database.",
    );
    text += "## (g) How it is protected\n\n";
    text += "Art. 32(1). The draft of the assessment names for each measure where it is held.\n\n";
    text += &measures();
    text += &list([
        format!("The database is {}; the API listens on {}.", basis.given.setup.database, basis.api()),
        "What devices send is signed; on its way it is sealed by TLS only where the broker has it (`SECURITY.md`, \"An \
         external broker\").".to_owned(),
    ]);
    text += &open(
        "measures around the program: who may enter the machine, where the master key and copies lie, how they are tried.",
    );
    text
}

/// What the collector may keep for each use, and the rules.
fn purposes(basis: &Basis<'_>) -> String {
    let rows = rows(basis.matrix);
    let of = |purpose: Purpose| {
        let kept: Vec<_> = rows
            .iter()
            .filter(|row| row.audience == Audience::Store && row.purposes.contains(&purpose))
            .filter(|row| row.rule.decision.leaves_the_device())
            .collect();
        let what: Vec<&str> = kept.iter().map(|row| row.data.words()).collect();
        let rules: BTreeSet<&str> = kept.iter().map(|row| row.rule.id).collect();
        let how: BTreeSet<&str> = kept.iter().map(|row| row.rule.decision.words()).collect();
        let join = |all: BTreeSet<&str>| all.into_iter().collect::<Vec<_>>().join("; ");
        (!kept.is_empty()).then(|| vec![capital(purpose.words()), what.join("; "), join(how), join(rules)])
    };
    table(
        &["Use", "What the collector may keep for it", "How", "Rules"],
        Purpose::ALL.iter().filter_map(|&purpose| of(purpose)),
    )
}

/// Who is given what, within the organisation and outside.
fn recipients(basis: &Basis<'_>) -> String {
    let rows = rows(basis.matrix);
    let of = |audience: Audience| vec![capital(audience.words()), given(&rows, audience, Decision::leaves_the_device)];
    let others = Audience::ALL.iter().filter(|&&audience| audience != Audience::Store);
    let stays: Vec<&str> = Data::ALL
        .into_iter()
        .filter(|data| rows.iter().all(|row| row.data != *data || !row.rule.decision.leaves_the_device()))
        .map(Data::words)
        .collect();
    let nobody = match stays.is_empty() {
        true => String::new(),
        false => format!("Given to nobody off the person's own device: {}.\n\n", stays.join("; ")),
    };
    table(&["Who", "What, what for, and how"], others.map(|&audience| of(audience))) + &nobody
}
