//! Reports set by typst as a library: fonts and templates are within the program, and nothing else is read.

mod desk;
mod fonts;
mod glyphs;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use typst::diag::SourceResult;
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use self::desk::{Desk, LOGO};
use crate::colour::legible;
use crate::report::{Report, check};
use crate::{Logo, ReportError};

/// Bytes of a file that is handed out.
const LARGEST: usize = 16 << 20;

/// The stack of the thread that sets: layouts are nested. Typst lays out on threads of the pool that it is called in; that of all others
/// would have small stacks, and take every processor.
const STACK: usize = 32 << 20;

/// Held while one is set: what typst remembers of it is forgotten before the next.
static SETTING: Mutex<()> = Mutex::new(());

/// The file of a report: PDF/UA-1, which everybody can have read out. The same report gives the same bytes.
///
/// It takes seconds at most, and blocks: where others wait, it belongs on a thread that may be blocked.
///
/// # Errors
/// Where the report contradicts itself, is too large, or can't be set.
pub fn pdf(report: &Report, logo: Option<&Logo>) -> Result<Vec<u8>, ReportError> {
    let data = written(report, logo)?;
    let file = set(&report.id, data, logo).map_err(|problems| match problems.len() {
        0 => ReportError::BrokeOff,
        count => ReportError::Refused(count),
    })?;
    if file.len() > LARGEST { Err(ReportError::TooLarge) } else { Ok(file) }
}

/// What it says, as templates read it.
fn written(report: &Report, logo: Option<&Logo>) -> Result<Vec<u8>, ReportError> {
    let mut value = serde_json::to_value(report).map_err(|_| ReportError::Invalid("it can be written"))?;
    check(report, &value)?;
    glyphs::clean_all(&mut value);
    value["organisation"]["colour"] = json!(legible(report.organisation.colour));
    value["logo"] = logo.map_or(Value::Null, |_| json!(LOGO));
    serde_json::to_vec(&value).map_err(|_| ReportError::Invalid("it can be written"))
}

/// Sets it; what is wrong otherwise, which can have words of the report. None of that where it broke off.
fn set(id: &str, data: Vec<u8>, logo: Option<&Logo>) -> Result<Vec<u8>, Vec<String>> {
    let desk = Desk::new(data, logo.map(|logo| logo.bytes().to_vec()));
    alone(|| at_desk(&desk, id)).unwrap_or(Err(Vec::new()))
}

/// Does what typst does, while it does nothing else, and has it forget what that was of; none where it broke off.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let _one = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).thread_name(|_| "report".to_owned()).build();
    let pool = pool.ok()?;
    // Nothing that a panic leaves behind is looked at again.
    let done = catch_unwind(AssertUnwindSafe(|| pool.install(work))).ok();
    comemo::evict(0);
    done
}

fn at_desk(desk: &Desk, id: &str) -> Result<Vec<u8>, Vec<String>> {
    let standards = PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|problem| vec![problem.message().to_string()])?;
    let options = PdfOptions {
        ident: Smart::Custom(id.to_owned()),
        creator: Smart::Custom(Some("Attune".to_owned())),
        standards,
        ..PdfOptions::default()
    };
    let told =
        |problems: Vec<String>| if problems.is_empty() { vec!["it is not said what".to_owned()] } else { problems };
    lay(desk)
        .and_then(|document| typst_pdf::pdf(&document, &options))
        .map_err(|problems| told(problems.iter().map(|problem| problem.message.to_string()).collect()))
}

fn lay(desk: &Desk) -> SourceResult<PagedDocument> {
    typst::compile(desk).output
}
