use std::path::Path;
use std::sync::Arc;

use tract_onnx::prelude::*;

use super::graph::{self, cause, wipe};
use super::{Activation, Entry, Output, fit};
use crate::AnalysisError;

/// One network, ready to run. Cloning it is cheap.
#[derive(Clone)]
pub struct Network(Arc<Loaded>);

struct Loaded {
    entry: Entry,
    path: std::path::PathBuf,
    plan: Arc<TypedRunnableModel>,
    input_len: usize,
}

/// What a run gave, output by output.
pub struct Outputs<'a> {
    pub(super) entry: &'a Entry,
    pub(super) values: TVec<TValue>,
}

impl Network {
    /// Builds the network of `entry` from the bytes of its file.
    pub(super) fn from_bytes(path: &Path, bytes: &[u8], entry: Entry) -> Result<Self, AnalysisError> {
        let refuse = |problem: String| AnalysisError::Model { path: path.to_owned(), problem };
        fit::check(&entry).map_err(refuse)?;
        let model = graph::read(bytes).map_err(refuse)?;
        let plan = graph::plan(model, &entry, f32::datum_type(), &entry.input.shape).map_err(refuse)?;
        let input_len = entry.input.shape.iter().product();
        Ok(Self(Arc::new(Loaded { entry, path: path.to_owned(), plan, input_len })))
    }

    /// What the manifest says of it.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.0.entry
    }

    /// Shape of the input, with a batch of one.
    #[must_use]
    pub fn input_shape(&self) -> &[usize] {
        &self.0.entry.input.shape
    }

    /// Runs the network on values in the unit of the data, in row-major order; scales them as the manifest says.
    ///
    /// # Errors
    /// When there are more or fewer values than the input holds, or the network fails.
    pub fn run(&self, values: &[f32]) -> Result<Outputs<'_>, AnalysisError> {
        let Loaded { entry, plan, input_len, .. } = &*self.0;
        if values.len() != *input_len {
            return Err(self.refuse(format!("its input takes {input_len} values and got {}", values.len())));
        }
        let mut input = Tensor::zero::<f32>(&entry.input.shape).map_err(|e| self.refuse(cause(&e)))?;
        let mut view = input.try_as_plain_ram_mut().map_err(|e| self.refuse(cause(&e)))?;
        let slots = view.as_slice_mut::<f32>().map_err(|e| self.refuse(cause(&e)))?;
        for (slot, value) in slots.iter_mut().zip(values) {
            *slot = value * entry.input.scale + entry.input.offset;
        }
        let input = input.into_arc_tensor();
        let outcome = plan.run(tvec!(TValue::from_const(Arc::clone(&input))));
        wipe::<f32>(input);
        let values = outcome.map_err(|e| self.refuse(cause(&e)))?;
        Ok(Outputs { entry, values })
    }

    fn refuse(&self, problem: String) -> AnalysisError {
        AnalysisError::Model { path: self.0.path.clone(), problem }
    }
}

impl Outputs<'_> {
    /// The values of the output that plays `role`, in row-major order, if the network has it.
    #[must_use]
    pub fn get(&self, role: &str) -> Option<&[f32]> {
        Some(self.find(role)?.1)
    }

    /// As [`Outputs::get`], as probabilities in the order of `labels`, where the network may count them in another.
    ///
    /// `None` as well when a value is not finite, or there are more or fewer than labels.
    #[must_use]
    pub fn classes<const N: usize>(&self, role: &str, labels: &[&str; N]) -> Option<[f64; N]> {
        let (output, values) = self.find(role)?;
        let mut values: [f64; N] = <[f32; N]>::try_from(values).ok()?.map(f64::from);
        if !values.iter().all(|v| v.is_finite()) {
            return None;
        }
        match output.activation {
            Some(Activation::Softmax) => {
                let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                values = values.map(|v| (v - largest).exp());
                let sum: f64 = values.iter().sum();
                values = values.map(|v| v / sum);
            }
            Some(Activation::Sigmoid) => values = values.map(|v| 1.0 / (1.0 + (-v).exp())),
            None => (),
        }
        if output.labels.is_empty() {
            return Some(values);
        }
        let mut ordered = [0.0; N];
        for (slot, label) in ordered.iter_mut().zip(labels) {
            *slot = values[output.labels.iter().position(|other| other == label)?];
        }
        Some(ordered)
    }

    fn find(&self, role: &str) -> Option<(&Output, &[f32])> {
        let index = self.entry.outputs.iter().position(|output| output.role() == role)?;
        let values = self.values.get(index)?.as_plain_ram()?.as_slice::<f32>().ok()?;
        Some((self.entry.outputs.get(index)?, values))
    }
}
