//! What the voice chain makes of recordings, before the wire's 16 bits: for `tests/parity/voice.py`, and to look at.
//!
//!     voice_features frames|clips|mfcc|chain-only|mfcc-only|read-only [MODELS] < list-of-files > table.csv
//!
//! `frames` writes a row for each 10 ms, `clips` one for each file and feature, `mfcc` the coefficients under librosa's
//! defaults. `chain-only`, `mfcc-only` and `read-only` write nothing, to be timed. With the folder of models, speech is told from other sound by its network.

use std::fs::File;
use std::io::{self, BufRead as _, BufWriter, Write};
use std::path::Path;

use attune_analysis::AnalysisError;
use attune_analysis::decode::audio::AudioReader;
use attune_analysis::networks::Networks;
use attune_analysis::sample::Timestamp;
use attune_analysis::voice::{Description, Extractor, Formant, Mfcc, MfccSettings};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let mut extractor = match arguments.next() {
        Some(models) => Extractor::with_networks(&Networks::load(Path::new(&models))?),
        None => Extractor::new(),
    };
    let files = io::stdin().lock().lines().collect::<Result<Vec<_>, _>>()?;
    let mut out = BufWriter::new(io::stdout().lock());
    match what.as_str() {
        "frames" => {
            writeln!(out, "file,hop,voiced,f0,strength,speech,f1,f2,f3,b1,b2,b3,hnr,{SPECTRAL}")?;
            for file in files {
                let (samples, rate) = read(&file)?;
                frames(&mut out, &file, &extractor.describe(&samples, rate))?;
            }
        }
        "clips" => {
            writeln!(out, "file,feature,value")?;
            for file in files {
                let (samples, rate) = read(&file)?;
                let whole = extractor.describe(&samples, rate);
                writeln!(out, "{file},quality,{}", whole.quality())?;
                for (spec, value) in whole.features().iter() {
                    writeln!(out, "{file},{},{value}", spec.name)?;
                }
            }
        }
        "mfcc" => {
            writeln!(out, "file,frame,coefficient,value")?;
            for file in files {
                let (samples, rate) = read(&file)?;
                let settings = MfccSettings::librosa(rate);
                let coefficients = Mfcc::new(settings).run(&samples);
                for (i, value) in coefficients.iter().enumerate() {
                    writeln!(out, "{file},{},{},{value}", i / settings.coefficients, i % settings.coefficients)?;
                }
            }
        }
        "chain-only" => {
            for file in files {
                let (samples, rate) = read(&file)?;
                std::hint::black_box(extractor.describe(&samples, rate).features());
            }
        }
        "mfcc-only" => {
            let mut made: Option<(u32, Mfcc)> = None;
            for file in files {
                let (samples, rate) = read(&file)?;
                if made.as_ref().is_none_or(|&(for_rate, _)| for_rate != rate) {
                    made = Some((rate, Mfcc::new(MfccSettings::librosa(rate))));
                }
                std::hint::black_box(made.as_mut().map(|(_, mfcc)| mfcc.run(&samples)));
            }
        }
        "read-only" => {
            for file in files {
                std::hint::black_box(read(&file)?);
            }
        }
        _ => {
            return Err(
                "say frames, clips, mfcc, chain-only, mfcc-only or read-only; give files on the standard input".into(),
            );
        }
    }
    out.flush()?;
    Ok(())
}

const SPECTRAL: &str = "loudness,spectral_flux,spectral_centroid,alpha_ratio,hammarberg_index,spectral_slope_0_500,\
                        spectral_slope_500_1500,mfcc1,mfcc2,mfcc3,mfcc4";

fn read(file: &str) -> Result<(Vec<f32>, u32), Failure> {
    let extension = Path::new(file).extension().and_then(|e| e.to_str());
    let mut reader = AudioReader::open(Box::new(File::open(file)?), extension)?;
    let mut samples = Vec::new();
    while let Some(chunk) = reader.next_chunk(Timestamp(0)).map_err(|e: AnalysisError| e)? {
        samples.extend_from_slice(&chunk.samples);
    }
    Ok((samples, reader.sample_rate()))
}

/// What is absent is an empty field.
fn frames(out: &mut impl Write, file: &str, whole: &Description) -> io::Result<()> {
    let text = |value: Option<f32>| value.map(|v| v.to_string()).unwrap_or_default();
    for (i, frame) in whole.frames().iter().enumerate() {
        let s = &frame.spectral;
        let formants = |value: fn(Formant) -> f32| frame.formants.map(|f| text(f.map(value))).join(",");
        let spectral = [s.loudness, s.flux.unwrap_or(f32::NAN), s.centroid, s.alpha_ratio, s.hammarberg];
        let spectral = spectral.into_iter().chain([s.slope_0_500, s.slope_500_1500]).chain(s.mfcc);
        writeln!(
            out,
            "{file},{},{},{},{},{},{},{},{},{}",
            i + 1,
            u8::from(frame.is_voice()),
            text(frame.pitch.map(|p| p.hz)),
            text(frame.pitch.map(|p| p.strength)),
            text(frame.speech),
            formants(|f| f.hz),
            formants(|f| f.bandwidth),
            text(frame.hnr),
            spectral.map(|v| v.to_string()).collect::<Vec<_>>().join(","),
        )?;
    }
    Ok(())
}
