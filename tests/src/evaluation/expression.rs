//! Classes, valence and arousal of the expression network: on crops as they are, and on pictures whose largest face is
//! found first.

use std::collections::HashMap;
use std::path::Path;

use attune_analysis::decode::image::{Limits, decode};
use attune_analysis::face::resize::Resizer;
use attune_analysis::face::{BoundingBox, Detector, Expression, ExpressionReader};
use attune_analysis::networks::Networks;
use attune_analysis::networks::labels::EXPRESSIONS;

use super::archive::Archive;
use super::folder::{self, Rows, digits, header};
use super::metrics::{accuracy, calibration_error, likeliest, mean, unweighted_recall};
use super::scores::{Items, Score};
use super::{Options, Outcome};

const TASK: &str = "expression";
const VALUES: usize = 16;

/// A row for each picture; one with the file's name alone where no face was found.
pub(super) fn evaluate(networks: &Networks, options: &Options) -> Outcome {
    let Some(mut reader) = ExpressionReader::new(networks) else { return Ok(Vec::new()) };
    let mut rows = csv::Writer::from_path(options.out.join("expression.csv"))?;
    let heads = ["ferplus", "fer2013"].into_iter().flat_map(|head| EXPRESSIONS.map(|class| format!("{head}_{class}")));
    rows.write_record(header(["file"], heads.chain(["valence", "arousal", "sure"].map(str::to_owned))))?;
    let mut scores = Vec::new();
    for file in folder::files(&options.data, "face")? {
        if file.ends_with(".zip") {
            scores.extend(crops(&mut reader, options, &file, &mut rows)?);
        }
    }
    if let Some(mut detector) = Detector::new(networks) {
        let mut resizer = Resizer::default();
        for file in folder::thinned(folder::files(&options.data, "face/portraits")?, options.most) {
            let portrait = folder::picture(&options.data.join(&file))?;
            let found = detector.find(&portrait, &mut resizer)?;
            let largest = found.iter().max_by(|a, b| a.bounds.side().total_cmp(&b.bounds.side()));
            let expression = match largest {
                Some(face) => reader.read(&portrait, &face.bounds, &mut resizer)?,
                None => None,
            };
            write(&mut rows, file, expression.as_ref())?;
        }
    }
    rows.flush()?;
    Ok(scores)
}

/// What annotators said of one crop.
#[derive(Clone, Copy)]
struct Labels {
    /// The class with the most votes, where that is a single one and one of the seven.
    ferplus: Option<usize>,
    /// The challenge's class, where it is known for sure.
    fer2013: Option<usize>,
}

fn crops(reader: &mut ExpressionReader, options: &Options, file: &str, rows: &mut Rows) -> Outcome {
    let mut resizer = Resizer::default();
    let labels = labels(&options.data.join(file).with_extension("csv"))?;
    let unseen = options.unseen || !file.contains("train");
    let set = |labelling: &str| Items::new(TASK, format!("{file}, {labelling}"), unseen);
    let (mut ferplus, mut fer2013) = (set("FER+ majority"), set("FER2013 label"));
    let mut archive = Archive::open(&options.data.join(file))?;
    for name in folder::thinned(archive.names()?, options.most) {
        let crop = decode(&archive.read(&name)?, &Limits::default())?;
        let whole = BoundingBox { x: 0.0, y: 0.0, width: f64::from(crop.width()), height: f64::from(crop.height()) };
        let expression = reader.read_crop(&crop, &whole, &mut resizer)?;
        write(rows, format!("{file}/{name}"), expression.as_ref())?;
        let own = name.rsplit('/').next().and_then(|name| labels.get(name));
        let (Some(expression), Some(own)) = (expression, own) else { continue };
        if let Some(class) = own.ferplus {
            ferplus.push(name.as_str(), class, expression.ferplus);
        }
        if let (Some(class), Some(found)) = (own.fer2013, expression.fer2013) {
            fer2013.push(name.as_str(), class, found);
        }
    }
    Ok([score(&ferplus), score(&fer2013)].concat())
}

type Classes = [f64; EXPRESSIONS.len()];

fn score(set: &Items<usize, Classes>) -> Vec<Score> {
    let chosen = |pairs: &[(usize, Classes)]| -> Vec<(usize, usize)> {
        pairs.iter().map(|(truth, found)| (*truth, likeliest(found))).collect()
    };
    let confident = |pairs: &[(usize, Classes)]| -> Vec<(bool, f64)> {
        pairs.iter().map(|(truth, found)| (likeliest(found) == *truth, found[likeliest(found)])).collect()
    };
    let sure = |pairs: &[(usize, Classes)]| -> Vec<(usize, Classes)> {
        pairs.iter().filter(|(_, found)| found[likeliest(found)] >= 0.5).copied().collect()
    };
    let figures = [
        set.score("accuracy", |pairs| accuracy(&chosen(pairs))),
        set.score("unweighted recall", |pairs| unweighted_recall(&chosen(pairs))),
        set.score("calibration error", |pairs| calibration_error(&confident(pairs))),
        set.score("accuracy where the likeliest has at least one half", |pairs| accuracy(&chosen(&sure(pairs)))),
        set.score("share where the likeliest has at least one half", |pairs| {
            mean(pairs.iter().map(|(_, found)| f64::from(u8::from(found[likeliest(found)] >= 0.5))))
        }),
    ];
    figures.into_iter().flatten().collect()
}

fn labels(path: &Path) -> Result<HashMap<String, Labels>, Box<dyn std::error::Error>> {
    let votes = EXPRESSIONS.into_iter().chain(["contempt", "unknown", "NF"]);
    let names: Vec<String> = votes.map(|class| format!("ferplus_{class}")).collect();
    let mut columns = vec!["file", "fer2013_label", "fer2013_label_conflict"];
    columns.extend(names.iter().map(String::as_str));
    let columns: [&str; 13] = columns.try_into().map_err(|_| "the columns of an expression set are thirteen")?;
    let Some(rows) = folder::columns(path, &columns)? else { return Ok(HashMap::new()) };
    let mut labels = HashMap::new();
    for [file, label, conflict, votes @ ..] in rows {
        let votes: Vec<f64> = votes.iter().map(|vote| vote.parse().unwrap_or(0.0)).collect();
        let most = likeliest(&votes);
        let single = votes.iter().filter(|&&vote| vote == votes[most]).count() == 1;
        let ferplus = (single && most < EXPRESSIONS.len()).then_some(most);
        let fer2013 = EXPRESSIONS.iter().position(|class| *class == label).filter(|_| conflict.trim() == "0");
        labels.insert(file, Labels { ferplus, fer2013 });
    }
    Ok(labels)
}

fn write(rows: &mut Rows, file: String, expression: Option<&Expression>) -> Result<(), csv::Error> {
    let mut row = vec![file];
    if let Some(expression) = expression {
        row.extend(digits(expression.ferplus));
        match expression.fer2013 {
            Some(classes) => row.extend(digits(classes)),
            None => row.extend(std::iter::repeat_n(String::new(), EXPRESSIONS.len())),
        }
        match expression.affect {
            Some(affect) => row.extend(digits(affect)),
            None => row.extend(std::iter::repeat_n(String::new(), 2)),
        }
        row.push(expression.sure.to_string());
    }
    row.resize(VALUES + 2, String::new());
    rows.write_record(row)
}
