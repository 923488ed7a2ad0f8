//! That use is watched, in words for whom it concerns.

use attune_pages::Markup;

use crate::watching::Watching;

/// What is watched, of whom and for how long.
pub(crate) fn told(watching: &Watching) -> Markup {
    let Watching {
        day_begins,
        day_ends,
        people_an_hour,
        people_a_day,
        lists_a_day,
        people_at_night,
        exports_a_day,
        refused_a_day,
    } = watching;
    let night = match (day_begins, day_ends) {
        (0, 24) => "No hour counts as night.".to_owned(),
        _ => format!(
            "Night is from {day_ends}:00 to {day_begins}:00 by the organisation's clock; then more than {people_at_night} people or lists."
        ),
    };
    let rules = format!(
        "Told to the privacy officers is what is far beyond the habit of the one who does it, by the days before. Of who has no habit yet it \
         is more than {people_an_hour} different people opened within an hour or {people_a_day} on a day, more than {lists_a_day} lists of \
         everybody, {exports_a_day} files (an answer with rows of HR's tables to a program is one, too) or {refused_a_day} refused \
         requests on a day, and wrong second factors behind the right password. {night}"
    );
    Markup::paragraph(
        "Managers, the personnel department, privacy officers, administrators and machines have power over data about others. How much of \
         it each of them uses is watched (GDPR Art. 32), from the log of access: how many people and lists they open, when, how many files \
         they take, and how often they ask for what they have no right to. Nothing else that they do is watched, and nobody else is.",
    )
    .with(&Markup::paragraph(rules))
    .with(&Markup::paragraph(
        "Numbers of each day are kept for 100 days, what was unusual as long as requests are. A person looks at it, decides, and says why. \
         Nobody looks at their own: that of privacy officers is looked at by the others and by administrators.",
    ))
}
