//! The columns of the six tables: what they are called, here and by others, and what is in them.

use crate::rows::Table;

use super::words::{self, Words};

/// What is in a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Id,
    Date { open_end: bool },
    Count,
    Hours,
    Days,
    Points,
    Rating,
    Score,
    Word(&'static Words),
    YesNo,
    Period,
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What others call it, as [`super::text::squeezed`] leaves it. Such a heading has to be confirmed.
    pub(crate) also: &'static [&'static str],
    /// Whether a table is none without it.
    pub(crate) needed: bool,
}

const fn column(name: &'static str, kind: Kind, also: &'static [&'static str]) -> Column {
    Column { name, kind, also, needed: true }
}

const DATE: Kind = Kind::Date { open_end: false };

const ID: Column = column(
    "Employee_ID",
    Kind::Id,
    &[
        "employee",
        "employeeno",
        "employeenumber",
        "empid",
        "emplid",
        "staffid",
        "staffnumber",
        "personid",
        "personnelnumber",
        "userid",
        "workerid",
        "personalnummer",
        "mitarbeiternummer",
        "mitarbeiterid",
        "mitarbeiter",
        "matricule",
        "numeroemploye",
        "idemploye",
        "idempleado",
        "empleado",
    ],
);

static ACTIVITY: [Column; 6] = [
    ID,
    column("Date", DATE, &["day", "activitydate", "workdate", "datum", "tag", "jour", "fecha"]),
    column(
        "Teams_Messages_Sent",
        Kind::Count,
        &[
            "messagessent",
            "teamsmessages",
            "messages",
            "chatssent",
            "gesendetenachrichten",
            "teamsnachrichten",
            "nachrichten",
        ],
    ),
    column(
        "Emails_Sent",
        Kind::Count,
        &["emails", "mailssent", "mails", "gesendeteemails", "gesendetemails", "emailsgesendet"],
    ),
    column(
        "Meetings_Attended",
        Kind::Count,
        &["meetings", "besprechungen", "termine", "reunions", "reuniones", "meetingsbesucht"],
    ),
    column(
        "Work_Hours",
        Kind::Hours,
        &["hours", "hoursworked", "workinghours", "arbeitsstunden", "stunden", "arbeitszeit", "heures", "horas"],
    ),
];

static LEAVE: [Column; 5] = [
    ID,
    column(
        "Leave_Type",
        Kind::Word(&words::LEAVE),
        &["type", "absencetype", "timeofftype", "abwesenheitsart", "urlaubsart", "art", "typedeconge"],
    ),
    column(
        "Leave_Days",
        Kind::Days,
        &["days", "absencedays", "numberofdays", "tage", "abwesenheitstage", "urlaubstage", "jours"],
    ),
    column(
        "Leave_Start_Date",
        DATE,
        &["startdate", "start", "from", "firstday", "beginn", "beginndatum", "startdatum", "von", "datededebut"],
    ),
    column(
        "Leave_End_Date",
        Kind::Date { open_end: true },
        &["enddate", "end", "to", "lastday", "ende", "enddatum", "bis", "datedefin"],
    ),
];

static ONBOARDING: [Column; 5] = [
    ID,
    column(
        "Joining_Date",
        DATE,
        &[
            "hiredate",
            "startdate",
            "dateofjoining",
            "joined",
            "eintrittsdatum",
            "eintritt",
            "datedentree",
            "fechadeingreso",
        ],
    ),
    column(
        "Onboarding_Feedback",
        Kind::Word(&words::FEEDBACK),
        &["feedback", "feedbackeinarbeitung", "einarbeitungsfeedback", "onboardingrating", "rueckmeldungeinarbeitung"],
    ),
    column(
        "Mentor_Assigned",
        Kind::YesNo,
        &["mentor", "hasmentor", "mentorzugewiesen", "mentorattribue", "buddyassigned"],
    ),
    column(
        "Initial_Training_Completed",
        Kind::YesNo,
        &[
            "trainingcompleted",
            "initialtraining",
            "erstschulungabgeschlossen",
            "schulungabgeschlossen",
            "formationinitialeterminee",
        ],
    ),
];

static PERFORMANCE: [Column; 5] = [
    ID,
    column("Review_Period", Kind::Period, &["period", "zeitraum", "beurteilungszeitraum", "periode"]),
    column("Performance_Rating", Kind::Rating, &["rating", "bewertung", "leistungsbewertung", "note"]),
    column(
        "Manager_Feedback",
        Kind::Word(&words::JUDGEMENT),
        &["feedback", "feedbackvorgesetzter", "feedbackfuehrungskraft", "rueckmeldungvorgesetzter"],
    ),
    column(
        "Promotion_Consideration",
        Kind::YesNo,
        &["promotion", "promotionconsidered", "befoerderung", "befoerderungvorgesehen"],
    ),
];

static REWARDS: [Column; 4] = [
    ID,
    column("Award_Type", Kind::Word(&words::AWARD), &["award", "type", "auszeichnung", "art", "prix"]),
    column("Award_Date", DATE, &["date", "awardedon", "datum", "verleihungsdatum"]),
    column("Reward_Points", Kind::Points, &["points", "punkte", "rewardamount", "amount", "betrag"]),
];

static VIBE: [Column; 4] = [
    ID,
    column("Response_Date", DATE, &["date", "answeredon", "datum", "antwortdatum"]),
    column("Vibe_Score", Kind::Score, &["vibe", "score", "mood", "moodscore", "stimmung", "stimmungswert"]),
    Column {
        name: "Emotion_Zone",
        kind: Kind::Word(&words::ZONE),
        also: &["zone", "emotion", "stimmungszone"],
        needed: false,
    },
];

/// The columns of a table. The first is the employee's id.
pub(crate) fn columns(table: Table) -> &'static [Column] {
    match table {
        Table::Activity => &ACTIVITY,
        Table::Leave => &LEAVE,
        Table::Onboarding => &ONBOARDING,
        Table::Performance => &PERFORMANCE,
        Table::Rewards => &REWARDS,
        Table::Vibe => &VIBE,
    }
}

/// What a table is called.
pub(crate) const fn called(table: Table) -> &'static str {
    match table {
        Table::Activity => "activity",
        Table::Leave => "leave",
        Table::Onboarding => "onboarding",
        Table::Performance => "performance",
        Table::Rewards => "rewards",
        Table::Vibe => "vibe meter",
    }
}

/// What leave has been come to, in a column that some writers put beside it.
pub(crate) const STATUS: [&str; 4] = ["status", "approvalstatus", "leavestatus", "state"];

/// That leave was not granted, or taken back.
pub(crate) const DENIED: [&str; 12] = [
    "denied",
    "rejected",
    "declined",
    "canceled",
    "cancelled",
    "withdrawn",
    "refused",
    "superceded",
    "superseded",
    "abgelehnt",
    "storniert",
    "refusé",
];
