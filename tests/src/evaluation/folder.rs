//! Finding and reading files of the data folder, and who in it was trained on.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use attune_analysis::decode::image::{Limits, decode};
use flate2::Crc;
use flate2::read::GzDecoder;
use image::RgbImage;

/// Rows of the predictions of one network.
pub(super) type Rows = csv::Writer<File>;

/// The files of a folder below `data`, by name, with their paths relative to `data`; none where it is missing.
pub(super) fn files(data: &Path, folder: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let Ok(entries) = std::fs::read_dir(data.join(folder)) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().is_file() {
            names.push(format!("{folder}/{}", entry.file_name().to_string_lossy()));
        }
    }
    names.sort();
    Ok(names)
}

/// The folders in a folder below `data`, by name.
pub(super) fn folders(data: &Path, folder: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let Ok(entries) = std::fs::read_dir(data.join(folder)) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// At most `most` of `items`, evenly spread.
pub(super) fn thinned<T>(items: Vec<T>, most: Option<usize>) -> Vec<T> {
    let count = items.len();
    let most = most.unwrap_or(count).min(count);
    let chosen = |i: usize| most > 0 && (i * most) / count != ((i + 1) * most) / count;
    items.into_iter().enumerate().filter_map(|(i, item)| chosen(i).then_some(item)).collect()
}

/// A decoded picture.
pub(super) fn picture(path: &Path) -> Result<RgbImage, Box<dyn Error>> {
    Ok(decode(&std::fs::read(path)?, &Limits::default())?)
}

/// Whether a name is a picture's.
pub(super) fn is_picture(file: &str) -> bool {
    [".jpg", ".jpeg", ".png", ".webp"].iter().any(|end| file.to_ascii_lowercase().ends_with(end))
}

/// The rows of a CSV file, each as what stands in the named columns; `None` where the file is missing.
pub(super) fn columns<const N: usize>(
    path: &Path,
    names: &[&str; N],
) -> Result<Option<Vec<[String; N]>>, Box<dyn Error>> {
    let Some(text) = text(path)? else { return Ok(None) };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let places: HashMap<String, usize> =
        reader.headers()?.iter().enumerate().map(|(place, name)| (name.to_owned(), place)).collect();
    let mut wanted = [0; N];
    for (place, name) in wanted.iter_mut().zip(names) {
        *place = *places.get(*name).ok_or_else(|| format!("{} has no column `{name}`", path.display()))?;
    }
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row?;
        rows.push(wanted.map(|place| row.get(place).unwrap_or_default().to_owned()));
    }
    Ok(Some(rows))
}

/// A text file, unpacked where its name ends with `.gz`; `None` where it is missing.
pub(super) fn text(path: &Path) -> Result<Option<String>, Box<dyn Error>> {
    if !path.exists() {
        return Ok(None);
    }
    let mut text = String::new();
    if path.extension().is_some_and(|end| end == "gz") {
        GzDecoder::new(File::open(path)?).read_to_string(&mut text)?;
    } else {
        File::open(path)?.read_to_string(&mut text)?;
    }
    Ok(Some(text))
}

/// Whether the person, picture or speaker called `group` was left out of training: the rule of the training scripts'
/// `common/splits.py`.
pub(super) fn held_out(group: &str, one_in: u32) -> bool {
    let mut sum = Crc::new();
    sum.update(group.as_bytes());
    sum.sum().is_multiple_of(one_in)
}

/// Six digits are more than any network gives.
pub(super) fn digits(values: impl IntoIterator<Item = f64>) -> impl Iterator<Item = String> {
    values.into_iter().map(|value| format!("{value:.6}"))
}

/// Names of columns, some of them made.
pub(super) fn header<'a>(
    first: impl IntoIterator<Item = &'a str>,
    more: impl IntoIterator<Item = String>,
) -> Vec<String> {
    first.into_iter().map(str::to_owned).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_split_is_that_of_the_training_scripts() {
        // zlib.crc32(name) % 10 == 0, as Python counts it.
        assert_eq!(["Luis_Fonsi", "a", "rav01"].map(|name| held_out(name, 10)), [false, false, false]);
        let ours = (0..100).map(|i| format!("person_{i}")).filter(|name| held_out(name, 10)).count();
        assert!((2..=20).contains(&ours), "{ours}");
        assert!(held_out("maksssksksss120.png", 1));
    }

    #[test]
    fn thinning_keeps_the_number_asked_for_spread_over_all() {
        let thin = |most| thinned((0..10).collect(), most);
        assert_eq!(thin(None).len(), 10);
        assert_eq!(thin(Some(20)).len(), 10);
        assert_eq!(thin(Some(0)), Vec::<i32>::new());
        assert_eq!(thin(Some(2)), [4, 9]);
    }
}
