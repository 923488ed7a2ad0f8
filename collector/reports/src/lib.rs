//! Reports as PDF: typed data in, a document out that everybody can read or have read out.
//!
//! | module | |
//! |---|---|
//! | `report` | what a report says, in types: of one person, of a day, of a team |
//! | `typeset` | sets it, by templates |
//!
//! | what could go wrong | what holds |
//! |---|---|
//! | a name is source | what a report says comes as one JSON file, and is text whatever stands in it |
//! | a script that no font has | its characters are shown as the sign for that; the fonts are within the program |
//! | somebody can't see it | PDF/UA-1 is held to while it is set: what does not conform is no report |
//! | two files of the same data | they are equal, byte for byte: no clock, no machine and no chance is in them |
//! | a template that reads a file or asks the net | there are none: it sees the templates, the data and the logo |
//! | a report without end | entries, texts and the file have limits |
//! | what typst remembers of a person | is forgotten when the report is set |
//!
//! It knows no database and nothing of ours: whoever gathers what a report says has decided what it may say.

mod colour;
mod error;
mod logo;
mod report;
mod typeset;

pub use error::ReportError;
pub use logo::Logo;
pub use report::{
    Action, Bar, Bars, Body, Concern, Daily, Day, Definition, Department, DepartmentMood, Effect, Figure, Hours,
    Individual, Insight, Measured, Missing, Mood, Organisation, Point, Report, Risk, Series, Summary, Team, Told, Why,
};
pub use typeset::pdf;
