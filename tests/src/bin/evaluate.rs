//! Runs every network of the project over a folder of recordings, as the agent would, writes what it says as CSV (a row
//! for each face, picture, clip or stretch), and prints how well that agrees with the folder's labels.
//!
//! `cargo build --workspace && target/debug/evaluate --help`

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use attune_analysis::networks::Networks;
use attune_tests::evaluation::{self, Evaluation, Options};
use clap::Parser;

/// Runs networks over a folder of recordings, writes their predictions as CSV and prints their scores.
///
/// The folder is laid out like the data that the networks were trained on.
/// What is missing in it is left out:
///
///   face/<any>/*.jpg|png|webp   pictures; with face/<any>.csv (file,xmin,ymin,xmax,ymax)
///                               boxes are scored; a folder named negatives should show nobody
///   face/landmarks.csv.gz       68 points for pictures of face/landmarks
///   face/expression_<any>.zip   face crops, with the labels in .csv of the same name
///   video/*                     clips, where ffmpeg is installed: two frames a second
///   voice/index.csv             clips of speech and noise
///   motion/                     ucihar.npz, phone_watch/*.csv.gz, wrist_gestures.txt.gz
///
/// Whoever was never trained on is told by the split of the training scripts (a checksum
/// of names), or by --unseen.
#[derive(Parser)]
#[command(
    name = "evaluate",
    verbatim_doc_comment,
    after_help = "Example, scores of the shipped networks on a folder kept apart from training:\n  \
        target/debug/evaluate --data /data/kept-apart --out predictions --unseen\n\
        Example, one network and at most 200 pictures of each folder:\n  \
        target/debug/evaluate --data /data --out predictions --only detector --most 200"
)]
struct Arguments {
    /// Folder of recordings.
    #[arg(long, env = "ATTUNE_DATA")]
    data: PathBuf,
    /// Folder for the predictions, one CSV for each network, and scores.csv; it is made.
    #[arg(long)]
    out: PathBuf,
    /// Folder with the networks and their manifest.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Only these networks.
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Evaluation>,
    /// At most so many pictures, clips or windows of each set, evenly spread over it.
    #[arg(long)]
    most: Option<usize>,
    /// Nothing in the folder was trained on.
    #[arg(long)]
    unseen: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { data, out, models, only, most, unseen } = Arguments::parse();
    let networks = Networks::load(&models)?;
    let options = Options { data, out, only, most, unseen };
    let scores = evaluation::run(&networks, &options)?;
    std::io::stdout().write_all(evaluation::scores::table(&scores).as_bytes())?;
    Ok(())
}
