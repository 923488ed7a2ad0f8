use std::path::PathBuf;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::fonts::FONTS;

/// The templates, by the names by which they import each other; the first one is where each report begins.
const TEMPLATES: [(&str, &str); 7] = [
    ("main.typ", include_str!("../../templates/main.typ")),
    ("frame.typ", include_str!("../../templates/frame.typ")),
    ("parts.typ", include_str!("../../templates/parts.typ")),
    ("chart.typ", include_str!("../../templates/chart.typ")),
    ("individual.typ", include_str!("../../templates/individual.typ")),
    ("daily.typ", include_str!("../../templates/daily.typ")),
    ("team.typ", include_str!("../../templates/team.typ")),
];

/// The file that holds what a report says.
const DATA: &str = "report.json";

/// The file of the logo.
pub(super) const LOGO: &str = "logo.png";

static LIBRARY: LazyLock<LazyHash<Library>> =
    LazyLock::new(|| LazyHash::new(<Library as LibraryExt>::builder().build()));

static SOURCES: LazyLock<Vec<Source>> =
    LazyLock::new(|| TEMPLATES.iter().map(|(name, text)| Source::new(id(name), (*text).to_owned())).collect());

static NAMES: LazyLock<(FileId, FileId)> = LazyLock::new(|| (id(DATA), id(LOGO)));

fn id(name: &str) -> FileId {
    RootedPath::new(VirtualRoot::Project, VirtualPath::new(name).expect("names of our own files are paths")).intern()
}

/// All that a report is set of: templates, what it says, and the logo. There is no disk, no net, no clock and no other font.
pub(super) struct Desk {
    data: Bytes,
    logo: Option<Bytes>,
}

impl Desk {
    pub(super) fn new(data: Vec<u8>, logo: Option<Vec<u8>>) -> Self {
        Self { data: Bytes::new(data), logo: logo.map(Bytes::new) }
    }
}

fn none<T>(id: FileId) -> FileResult<T> {
    Err(FileError::NotFound(PathBuf::from(id.vpath().get_without_slash())))
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        id(TEMPLATES[0].0)
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        SOURCES.iter().find(|source| source.id() == id).cloned().map_or_else(|| none(id), Ok)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let held = if id == NAMES.0 { Some(&self.data) } else { self.logo.as_ref().filter(|_| id == NAMES.1) };
        held.cloned().map_or_else(|| none(id), Ok)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
