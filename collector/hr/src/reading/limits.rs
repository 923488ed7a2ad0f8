//! What a file may be at most. All of them are looked at before what they bound is taken into memory.

/// Bytes of a workbook, packed.
pub(crate) const WORKBOOK: u64 = 64 << 20;

/// Bytes of a part of a workbook, unpacked. A million rows of six cells are some 300 MB.
pub(crate) const PART: u64 = 400 << 20;

/// Bytes of all parts together, unpacked.
pub(crate) const WHOLE: u64 = 800 << 20;

/// A part that unpacks to more than this many bytes…
pub(crate) const BOMB: u64 = 16 << 20;

/// …may be at most this many times as large as it is packed. Sheets of real writers are 8 to 40 times as large.
pub(crate) const RATIO: u64 = 150;

/// Bytes of a tag, a text or a comment of a workbook.
pub(crate) const NODE: usize = 1 << 20;

/// Elements of a workbook within each other.
pub(crate) const DEPTH: usize = 64;

/// How often a part is gone through at most: a sheet for its layout, its headings, and twice for its rows.
pub(crate) const PASSES: u64 = 4;

/// Parts of a workbook.
pub(crate) const PARTS: usize = 10_000;

/// Shared texts of a workbook, and bytes of all of them.
pub(crate) const STRINGS: (usize, usize) = (2_000_000, 128 << 20);

/// Signs of a text of a workbook that are kept. None is longer that can be an id, a date, a number, a word or a heading as reports
/// have it, and one text can stand in millions of cells.
pub(crate) const TEXT: usize = 256;

/// Formats of cells, codes of formats, and bytes of such a code: Excel has 65,490 and 255 signs.
pub(crate) const FORMATS: (usize, usize, usize) = (100_000, 10_000, 1_024);

/// Merged ranges of a sheet, and rows of all of them together.
pub(crate) const MERGES: (usize, u64) = (100_000, 10_000_000);

/// Tables of Excel in a sheet.
pub(crate) const TABLES: usize = 1_000;

/// Rows of a sheet and columns of one, as Excel has them.
pub(crate) const SHEET: (u32, u32) = (1_048_576, 16_384);

/// Sheets that are looked at.
pub(crate) const SHEETS: usize = 255;

/// Columns up to which headings that are only alike are looked for. A row with more of them is read by its own words.
pub(crate) const ALIKE: usize = 100;

/// Columns of a table that is read.
pub(crate) const COLUMNS: usize = 1_000;

/// Rows of a file.
pub(crate) const ROWS: u32 = 10_000_000;

/// Bytes of a field of a CSV; a cell of Excel has 32,767 signs.
pub(crate) const FIELD: usize = 256 << 10;

/// Bytes of a row of a CSV.
pub(crate) const RECORD: usize = 4 << 20;

/// Bytes at the begin of a CSV from which its delimiter is told.
pub(crate) const SAMPLE: u64 = 64 << 10;

/// Rows at the begin of a table among which its headings are.
pub(crate) const HEAD: u32 = 50;

/// Signs of an employee's id.
pub(crate) const ID: usize = 128;

/// Employees of a file, as far as their ids are numbers.
pub(crate) const NUMERIC_IDS: usize = 2_000_000;

/// Rows that are compared for being the same one again.
pub(crate) const REPEATS: usize = 4_000_000;

/// Rows of a table that is kept whole until its end, because one row may clash with another.
pub(crate) const KEPT: usize = 2_000_000;

/// Problems that a report names one by one.
pub(crate) const PROBLEMS: usize = 1_000;

/// Rows that one remark names.
pub(crate) const TOLD_ROWS: usize = 10;

/// Words or signs that one question names.
pub(crate) const WORDS: usize = 20;

/// Signs of a heading that a report repeats.
pub(crate) const HEADING: usize = 60;

/// Years that a working life can have.
pub(crate) const YEARS: std::ops::RangeInclusive<i16> = 1940..=2099;
