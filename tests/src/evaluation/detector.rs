//! Boxes and points of the detector in still pictures and clips.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::rc::Rc;

use attune_analysis::AnalysisError;
use attune_analysis::face::resize::Resizer;
use attune_analysis::face::{BoundingBox, Detection, Detector};
use attune_analysis::networks::Networks;
use image::RgbImage;

use super::folder::{self, Rows, digits, header};
use super::scores::{Items, Score};
use super::{Options, Outcome, video};

const TASK: &str = "detector";
const POINTS: [&str; 5] = ["right_eye", "left_eye", "nose", "mouth_right", "mouth_left"];
const COLUMNS: usize = 16;
/// A detection that overlaps a labelled face this much has found it.
const MATCH: f64 = 0.3;

type Boxes = Rc<[BoundingBox]>;
type Found = Rc<[Detection]>;
type Pictures = Items<Boxes, Found>;

/// How a picture is looked at.
type Look = fn(&mut Detector, &RgbImage, &mut Resizer) -> Result<Vec<Detection>, AnalysisError>;

/// Pictures once as a whole, as frames of a camera are (`detector.csv`), and once searched in parts, as still pictures
/// may be (`detector_searched.csv`). A row for each face, surest first; one with the file's name alone where there is
/// none.
pub(super) fn evaluate(networks: &Networks, options: &Options) -> Outcome {
    let Some(mut detector) = Detector::new(networks) else { return Ok(Vec::new()) };
    let mut scores = Vec::new();
    let looks: [(&str, &str, Look); 2] =
        [("detector", "looked at once", Detector::find), ("detector_searched", "searched in parts", Detector::search)];
    for (name, how, look) in looks {
        let mut rows = csv::Writer::from_path(options.out.join(format!("{name}.csv")))?;
        let points = POINTS.iter().flat_map(|point| [format!("{point}_x"), format!("{point}_y")]);
        rows.write_record(header(["file", "seconds", "score", "x1", "y1", "x2", "y2"], points))?;
        for set in folder::folders(&options.data, "face")? {
            scores.extend(pictures(&mut detector, look, options, &set, how, &mut rows)?);
        }
        if name == "detector" {
            clips(&mut detector, options, &mut rows)?;
        }
        rows.flush()?;
    }
    Ok(scores)
}

/// One folder of pictures, scored where its faces are boxed or it should have none.
fn pictures(detector: &mut Detector, look: Look, options: &Options, set: &str, how: &str, rows: &mut Rows) -> Outcome {
    let mut resizer = Resizer::default();
    let boxes = boxes(&options.data.join(format!("face/{set}.csv")))?;
    let empty = set.contains("negative") || set.contains("empty");
    let mut all = Pictures::new(TASK, format!("{set}, {how}"), options.unseen);
    let mut unseen = Pictures::new(TASK, format!("{set}, {how}"), true);
    let files = folder::files(&options.data, &format!("face/{set}"))?;
    let files = files.into_iter().filter(|file| folder::is_picture(file)).collect();
    for file in folder::thinned(files, options.most) {
        let found: Found = look(detector, &folder::picture(&options.data.join(&file))?, &mut resizer)?.into();
        write(rows, &file, "", &found)?;
        let name = file.rsplit('/').next().unwrap_or_default();
        let truth = match &boxes {
            Some(boxes) => boxes.get(name).cloned().unwrap_or_default(),
            None if empty => Rc::default(),
            None => continue,
        };
        all.push(name, Rc::clone(&truth), Rc::clone(&found));
        if folder::held_out(name, 10) {
            unseen.push(name, truth, found);
        }
    }
    let sets: &[Pictures] = if options.unseen { &[all] } else { &[all, unseen] };
    Ok(sets.iter().flat_map(|set| if empty { score_empty(set) } else { score_boxed(set) }).collect())
}

fn score_empty(set: &Pictures) -> Vec<Score> {
    let fire = |pairs: &[(Boxes, Found)]| {
        pairs.iter().filter(|(_, found)| !found.is_empty()).count() as f64 / pairs.len() as f64
    };
    set.score("pictures that fire", fire).into_iter().collect()
}

fn score_boxed(set: &Pictures) -> Vec<Score> {
    let recall = |low: f64, high: f64| {
        move |pairs: &[(Boxes, Found)]| {
            let side = |b: &BoundingBox| (b.width * b.height).sqrt();
            let (mut faces, mut hits) = (0, 0);
            for (truth, found) in pairs {
                for (face, hit) in truth.iter().zip(matches(truth, found).0) {
                    if (low..high).contains(&side(face)) {
                        faces += 1;
                        hits += usize::from(hit);
                    }
                }
            }
            f64::from(hits as u32) / f64::from(faces)
        }
    };
    let false_alarms = |pairs: &[(Boxes, Found)]| {
        let count: usize = pairs.iter().map(|(truth, found)| matches(truth, found).1).sum();
        count as f64 / pairs.len() as f64
    };
    let figures = [
        set.score("recall", recall(0.0, f64::INFINITY)),
        set.score("false alarms per picture", false_alarms),
        set.score("recall, faces under 16 px", recall(0.0, 16.0)),
        set.score("recall, faces of 16 to 32 px", recall(16.0, 32.0)),
        set.score("recall, faces of 32 to 64 px", recall(32.0, 64.0)),
        set.score("recall, faces from 64 px on", recall(64.0, f64::INFINITY)),
    ];
    figures.into_iter().flatten().collect()
}

/// For each true face whether it was found, and how many detections found none: the surest chooses first.
fn matches(truth: &[BoundingBox], found: &[Detection]) -> (Vec<bool>, usize) {
    let mut hit = vec![false; truth.len()];
    let mut false_alarms = 0;
    for detection in found {
        let free = truth.iter().enumerate().filter(|(i, _)| !hit[*i]);
        let overlaps = free.map(|(i, face)| (i, face.overlap(&detection.bounds)));
        match overlaps.max_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((i, overlap)) if overlap >= MATCH => hit[i] = true,
            _ => false_alarms += 1,
        }
    }
    (hit, false_alarms)
}

/// The boxes of each picture, where the file has them.
fn boxes(path: &Path) -> Result<Option<HashMap<String, Boxes>>, Box<dyn Error>> {
    let Ok(Some(rows)) = folder::columns(path, &["file", "xmin", "ymin", "xmax", "ymax"]) else { return Ok(None) };
    let mut boxes: HashMap<String, Vec<BoundingBox>> = HashMap::new();
    for [file, corners @ ..] in rows {
        let own = boxes.entry(file).or_default();
        // A picture without a face has a row without corners.
        if corners.iter().all(String::is_empty) {
            continue;
        }
        let mut values = [0.0; 4];
        for (value, text) in values.iter_mut().zip(&corners) {
            *value = text.parse::<f64>()?;
        }
        let [x1, y1, x2, y2] = values;
        own.push(BoundingBox { x: x1, y: y1, width: x2 - x1, height: y2 - y1 });
    }
    Ok(Some(boxes.into_iter().map(|(file, own)| (file, own.into())).collect()))
}

/// Clips have no labels: rows, and no score.
fn clips(detector: &mut Detector, options: &Options, rows: &mut Rows) -> Result<(), Box<dyn Error>> {
    let mut resizer = Resizer::default();
    for file in folder::files(&options.data, "video")? {
        let Some(frames) = video::frames(&options.data.join(&file)) else {
            eprintln!("left out {file}: ffmpeg is missing or does not read it");
            continue;
        };
        for (seconds, frame) in folder::thinned(frames, options.most) {
            let found = detector.find(&frame, &mut resizer)?;
            write(rows, &file, &format!("{seconds:.2}"), &found)?;
        }
    }
    Ok(())
}

fn write(rows: &mut Rows, file: &str, seconds: &str, found: &[Detection]) -> Result<(), csv::Error> {
    let named = || [file.to_owned(), seconds.to_owned()].into_iter();
    for Detection { score, bounds, points } in found {
        let corners = [*score, bounds.x, bounds.y, bounds.x + bounds.width, bounds.y + bounds.height];
        let points = points.iter().flatten().flat_map(|&(x, y)| [x, y]);
        let mut row: Vec<String> = named().chain(digits(corners.into_iter().chain(points))).collect();
        row.resize(COLUMNS + 1, String::new());
        rows.write_record(row)?;
    }
    if found.is_empty() {
        rows.write_record(named().chain(std::iter::repeat_n(String::new(), COLUMNS - 1)))?;
    }
    Ok(())
}
