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

/// Bytes of a workbook between two signs `<`.
pub(crate) const NODE: usize = 1 << 20;

/// Parts of a workbook.
pub(crate) const PARTS: usize = 10_000;

/// Shared texts of a workbook, and bytes of all of them.
pub(crate) const STRINGS: (usize, usize) = (2_000_000, 128 << 20);

/// Merged ranges of a sheet.
pub(crate) const MERGES: usize = 100_000;

/// Rows of a sheet and columns of one, as Excel has them.
pub(crate) const SHEET: (u32, u32) = (1_048_576, 16_384);

/// Sheets that are looked at.
pub(crate) const SHEETS: usize = 255;

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
