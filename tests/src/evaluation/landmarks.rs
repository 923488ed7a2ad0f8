//! Points of the landmark network in the face that the detector finds.

use std::error::Error;
use std::path::Path;

use attune_analysis::face::resize::Resizer;
use attune_analysis::face::{Detector, LandmarkReader};
use attune_analysis::networks::Networks;

use super::folder::{self, digits, header};
use super::metrics::mean;
use super::scores::{Items, Score};
use super::{Options, Outcome};

const TASK: &str = "landmarks";
const POINTS: usize = 68;
/// Outer corners of the eyes.
const CORNERS: [usize; 2] = [36, 45];
/// Values of a row after the file's name: the box, the points, the eyes.
const VALUES: usize = 4 + 2 * POINTS + 2;

struct Face {
    file: String,
    person: String,
    truth: Vec<(f64, f64)>,
}

/// A row for each picture: the box the points were looked for in, the points in pixels, and both eyes' openness.
pub(super) fn evaluate(networks: &Networks, options: &Options) -> Outcome {
    let (Some(mut detector), Some(mut reader)) = (Detector::new(networks), LandmarkReader::new(networks)) else {
        return Ok(Vec::new());
    };
    let mut resizer = Resizer::default();
    let mut rows = csv::Writer::from_path(options.out.join("landmarks.csv"))?;
    let points = (0..POINTS).flat_map(|i| [format!("x{i}"), format!("y{i}")]);
    let eyes = ["right_eye_open", "left_eye_open"].map(str::to_owned);
    rows.write_record(header(["file", "x1", "y1", "x2", "y2"], points.chain(eyes)))?;
    let mut all = Items::new(TASK, "landmarks", options.unseen);
    let mut unseen = Items::new(TASK, "landmarks", true);
    for Face { file, person, truth } in folder::thinned(faces(&options.data)?, options.most) {
        let file = format!("face/landmarks/{file}");
        let picture = folder::picture(&options.data.join(&file))?;
        let found = detector.find(&picture, &mut resizer)?;
        let largest = found.iter().max_by(|a, b| a.bounds.side().total_cmp(&b.bounds.side()));
        let read = match largest {
            Some(face) => reader.read(&picture, &face.bounds, &mut resizer)?.map(|points| (face.bounds, points)),
            None => None,
        };
        let mut row = vec![file];
        let found = read.map(|(bounds, landmarks)| {
            let corners = [bounds.x, bounds.y, bounds.x + bounds.width, bounds.y + bounds.height];
            let points = landmarks.points.iter().flat_map(|&(x, y)| [x, y]);
            row.extend(digits(corners.into_iter().chain(points)));
            row.extend(digits(landmarks.eyes_open.into_iter().flatten()));
            landmarks.points.to_vec()
        });
        row.resize(VALUES + 1, String::new());
        rows.write_record(row)?;
        if folder::held_out(&person, 10) {
            unseen.push(&person, truth.clone(), found.clone());
        }
        all.push(person, truth, found);
    }
    rows.flush()?;
    let sets = if options.unseen { vec![all] } else { vec![all, unseen] };
    Ok(sets.iter().flat_map(score).collect())
}

type Points = Vec<(f64, f64)>;

fn score(set: &Items<Points, Option<Points>>) -> Vec<Score> {
    let error = |pairs: &[(Points, Option<Points>)]| {
        mean(pairs.iter().filter_map(|(truth, found)| interocular_error(truth, found.as_ref()?)))
    };
    let share =
        |pairs: &[(Points, Option<Points>)]| mean(pairs.iter().map(|(_, found)| f64::from(u8::from(found.is_some()))));
    [set.score("mean inter-ocular error", error), set.score("pictures with a face found", share)]
        .into_iter()
        .flatten()
        .collect()
}

/// Mean distance of the points over the distance between the outer corners of the eyes.
fn interocular_error(truth: &Points, found: &Points) -> Option<f64> {
    let apart = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).hypot(a.1 - b.1);
    let eyes = apart(*truth.get(CORNERS[0])?, *truth.get(CORNERS[1])?);
    (eyes > 0.0).then(|| mean(truth.iter().zip(found).map(|(&a, &b)| apart(a, b))) / eyes)
}

fn faces(data: &Path) -> Result<Vec<Face>, Box<dyn Error>> {
    let Some(text) = folder::text(&data.join("face/landmarks.csv.gz"))? else { return Ok(Vec::new()) };
    let mut faces = Vec::new();
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row?;
        let values: Vec<f64> = row.iter().skip(2).map(str::parse).collect::<Result<_, _>>()?;
        let truth = values.as_chunks::<2>().0.iter().map(|&[x, y]| (x, y)).collect();
        let field = |i| row.get(i).unwrap_or_default().to_owned();
        faces.push(Face { file: field(0), person: field(1), truth });
    }
    Ok(faces)
}
