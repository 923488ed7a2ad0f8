use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::Task;

/// What a manifest or a configuration says of one network.
///
/// Beside the named fields it may hold numbers that the task's code reads (thresholds, crop sizes): [`Entry::number`].
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is for.
    pub task: Task,
    /// The ONNX file, relative to the manifest's folder.
    pub file: PathBuf,
    /// SHA-256 of the file, lower-case hex. Without it the file is taken as it is.
    pub sha256: Option<String>,
    /// Its only input.
    pub input: Input,
    /// Its outputs that are read.
    pub outputs: Vec<Output>,
    /// How the outputs are laid out, where a task knows more than one layout.
    pub layout: Option<String>,
    /// The pieces of words of a network that reads text, one a line, relative to the manifest's folder: where none is named, its
    /// own file with the ending `pieces`.
    pub pieces: Option<PathBuf>,
    /// SHA-256 of that file, as of its own.
    pub pieces_sha256: Option<String>,
    /// What is to be known of it: a text file, relative to the manifest's folder.
    pub card: Option<PathBuf>,
    /// Under what its weights may be used.
    pub licence: Option<String>,
    /// What it reached on people that it was not trained on.
    pub scores: BTreeMap<String, f64>,
    numbers: BTreeMap<String, f64>,
}

/// The input of a network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Input {
    /// Its name in the ONNX file.
    pub name: String,
    /// Its shape, with a batch of one.
    pub shape: Vec<usize>,
    /// Factor from a value in the unit of the data to what the network takes.
    #[serde(default = "one")]
    pub scale: f32,
    /// What is added after the factor.
    #[serde(default)]
    pub offset: f32,
}

/// One output of a network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Output {
    /// Its name in the ONNX file.
    pub name: String,
    /// Its shape, with a batch of one.
    pub shape: Vec<usize>,
    /// What its last axis counts, where that has names.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The name under which the task's code asks for it, where that is another one.
    pub role: Option<String>,
    /// What is still to be done to its values before they are probabilities.
    pub activation: Option<Activation>,
}

/// What turns an output into probabilities, for networks that leave that to who runs them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Exponentials over their sum, along all values.
    Softmax,
    /// The logistic function of each value.
    Sigmoid,
}

impl Output {
    /// The name under which the task's code asks for it.
    #[must_use]
    pub fn role(&self) -> &str {
        self.role.as_deref().unwrap_or(&self.name)
    }
}

impl Entry {
    /// Reads a `[[network]]` table.
    ///
    /// # Errors
    /// What is missing or of the wrong type, as a fragment.
    pub fn from_table(table: &toml::Table) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Fields {
            task: Task,
            file: PathBuf,
            sha256: Option<String>,
            input: Input,
            outputs: Vec<Output>,
            layout: Option<String>,
            pieces: Option<PathBuf>,
            pieces_sha256: Option<String>,
            card: Option<PathBuf>,
            licence: Option<String>,
            #[serde(default)]
            scores: BTreeMap<String, f64>,
        }
        let fields: Fields = table.clone().try_into().map_err(|e: toml::de::Error| e.message().to_owned())?;
        let number = |value: &toml::Value| value.as_float().or_else(|| value.as_integer().map(|i| i as f64));
        let numbers = table.iter().filter_map(|(key, value)| Some((key.clone(), number(value)?))).collect();
        let Fields { task, file, sha256, input, outputs, layout, pieces, pieces_sha256, card, licence, scores } =
            fields;
        Ok(Self { task, file, sha256, input, outputs, layout, pieces, pieces_sha256, card, licence, scores, numbers })
    }

    /// A number that the entry gives under its top level, such as a threshold.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        self.numbers.get(key).copied()
    }
}

fn one() -> f32 {
    1.0
}
