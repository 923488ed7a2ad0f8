//! A workbook: its sheets, texts and formats.

use std::collections::BTreeMap;

use quick_xml::events::Event;

use super::super::cell::{Halt, Shown};
use super::super::limits;
use super::super::refusal::Refusal;
use super::package::Package;
use super::xml::{attribute, is_set};
use super::{formats, strings};

/// A sheet of a workbook.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) hidden: bool,
    pub(super) part: String,
}

/// An open workbook.
pub(crate) struct Workbook {
    pub(super) package: Package,
    pub(crate) sheets: Vec<Sheet>,
    pub(super) strings: Vec<Box<str>>,
    pub(super) styles: Vec<Shown>,
    /// Days that its dates are behind those of the calendar of 1900.
    pub(super) epoch: i64,
}

impl Workbook {
    /// Opens one.
    pub(crate) fn open(bytes: Vec<u8>) -> Result<Self, Halt> {
        let package = Package::open(bytes)?;
        let main = match main_part(&package)? {
            Some(main) => main,
            None => return Err(other(&package).into()),
        };
        let relations = relations(&package, &main)?;
        let by_kind =
            |kind: &str| relations.values().find(|relation| relation.kind == kind).map(|found| found.part.as_str());
        let (sheets, is_1904) = sheets(&package, &main, &relations)?;
        if sheets.is_empty() {
            return Err(Refusal::Damaged.into());
        }
        let strings = by_kind("sharedStrings").filter(|part| package.real_name(part).is_some());
        let strings = strings.map_or_else(|| Ok(Vec::new()), |part| strings::read(&package, part))?;
        let styles = by_kind("styles").filter(|part| package.real_name(part).is_some());
        let styles = styles.map_or_else(|| Ok(Vec::new()), |part| formats::read(&package, part))?;
        Ok(Self { package, sheets, strings, styles, epoch: if is_1904 { 1_462 } else { 0 } })
    }
}

/// The part that has the list of sheets.
fn main_part(package: &Package) -> Result<Option<String>, Halt> {
    let told = relations(package, "")?.into_values().find(|relation| relation.kind == "officeDocument");
    let main = told.map_or_else(|| "xl/workbook.xml".to_owned(), |relation| relation.part);
    let is_workbook = main.to_lowercase().ends_with(".xml") && package.real_name(&main).is_some();
    if !is_workbook {
        return Ok(None);
    }
    let root = package.with(&main, |xml| {
        loop {
            match xml.next()? {
                Event::Start(root) | Event::Empty(root) => return Ok(root.local_name().as_ref() == "workbook"),
                Event::Eof => return Err(Refusal::Damaged.into()),
                _ => {}
            }
        }
    })?;
    Ok(root.then_some(main))
}

/// What an archive is that holds no workbook of XML.
fn other(package: &Package) -> Refusal {
    if package.has("mimetype") && package.head("mimetype").starts_with(b"application/vnd.oasis.opendocument") {
        Refusal::OpenDocument
    } else if package.has("xl/workbook.bin") {
        Refusal::BinaryExcel
    } else {
        Refusal::OtherArchive
    }
}

/// A part that another one names.
pub(super) struct Relation {
    /// The last word of its type, which is the same in strict and in transitional files.
    pub(super) kind: String,
    pub(super) part: String,
}

/// What a part names, by the ids by which it does; of the package itself where it is empty. In one order: of two with one purpose
/// each reading takes the same, and what was looked at is what is taken in.
pub(super) fn relations(package: &Package, part: &str) -> Result<BTreeMap<String, Relation>, Halt> {
    let real = package.real_name(part).unwrap_or(part);
    let (folder, file) = real.rsplit_once('/').unwrap_or(("", real));
    let name = format!("{folder}/_rels/{file}.rels");
    if package.real_name(&name).is_none() {
        return Ok(BTreeMap::new());
    }
    package.with(&name, |xml| {
        let mut found = BTreeMap::new();
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "Relationship" => {
                    let outside = attribute(&element, "TargetMode")?.is_some_and(|mode| mode == "External");
                    let (id, target) = (attribute(&element, "Id")?, attribute(&element, "Target")?);
                    let kind = attribute(&element, "Type")?.unwrap_or_default();
                    if let (Some(id), Some(target), false) = (id, target, outside) {
                        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                        found.insert(id, Relation { kind, part: joined(folder, &target) });
                    }
                    if found.len() > limits::PARTS {
                        return Err(Refusal::Damaged.into());
                    }
                }
                Event::Eof => return Ok(found),
                _ => {}
            }
        }
    })
}

/// The name of a part, from where it is named.
fn joined(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => {
                path.pop();
            }
            "" | "." => {}
            step => path.push(step),
        }
    }
    path.join("/")
}

fn sheets(package: &Package, main: &str, relations: &BTreeMap<String, Relation>) -> Result<(Vec<Sheet>, bool), Halt> {
    package.with(main, |xml| {
        let mut sheets = Vec::new();
        let mut is_1904 = false;
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                    "workbookPr" => is_1904 = is_set(&element, "date1904")?,
                    "sheet" if sheets.len() == limits::SHEETS => return Err(Refusal::TooLarge.into()),
                    "sheet" => {
                        let relation = attribute(&element, "id")?.and_then(|id| relations.get(&id));
                        // Sheets of charts have no rows.
                        if let Some(relation) = relation.filter(|relation| relation.kind == "worksheet") {
                            let state = attribute(&element, "state")?.unwrap_or_default();
                            let name = attribute(&element, "name")?.unwrap_or_default();
                            sheets.push(Sheet {
                                // Excel has 31 signs at most.
                                name: name.chars().take(limits::TEXT).collect(),
                                hidden: state.to_lowercase().contains("hidden"),
                                part: relation.part.clone(),
                            });
                        }
                    }
                    _ => {}
                },
                Event::Eof => return Ok((sheets, is_1904)),
                _ => {}
            }
        }
    })
}
