//! A network's graph on its way from the file to a plan that runs: what networks of samples and of text have in common.

use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::{Factoid as _, ShapeFactoid};
use zeroize::optimization_barrier;

use super::Entry;

/// The graph of an ONNX file.
pub(super) fn read(mut bytes: &[u8]) -> Result<InferenceModel, String> {
    tract_onnx::onnx()
        .model_for_read(&mut bytes)
        .map_err(|e| format!("it is no ONNX network that can be read ({})", cause(&e)))
}

/// Its plan for an input of this type and shape, with the outputs that the entry names and no others.
pub(super) fn plan(
    model: InferenceModel,
    entry: &Entry,
    datum: DatumType,
    shape: &[usize],
) -> Result<Arc<TypedRunnableModel>, String> {
    let model = fix_shapes(model, entry, datum, shape)?
        .into_optimized()
        .map_err(|e| format!("it does not run on an input of shape {shape:?} ({})", cause(&e)))?;
    for (index, output) in entry.outputs.iter().enumerate() {
        let fact = model.output_fact(index).map_err(|e| cause(&e))?;
        let found = fact.shape.as_concrete();
        if fact.datum_type != f32::datum_type() || found != Some(&output.shape[..]) {
            return Err(format!(
                "its output `{}` should be F32 {:?} and is {:?} {:?}",
                output.name, output.shape, fact.datum_type, fact.shape
            ));
        }
    }
    model.into_runnable().map_err(|e| cause(&e))
}

/// The engine puts whole graphs into its messages.
pub(super) fn cause(error: &TractError) -> String {
    let line = error.root_cause().to_string();
    line.lines().next().unwrap_or_default().chars().take(160).collect()
}

/// What the engine derived from the input inside the run is freed by it, not wiped.
pub(super) fn wipe<T: Datum>(input: Arc<Tensor>) {
    let Ok(mut input) = Arc::try_unwrap(input) else { return };
    if let Some(slots) = input.as_plain_ram_mut().as_mut().and_then(|view| view.as_slice_mut::<T>().ok()) {
        slots.fill(T::default());
        optimization_barrier(slots);
    }
}

fn fix_shapes(
    mut model: InferenceModel,
    entry: &Entry,
    datum: DatumType,
    shape: &[usize],
) -> Result<InferenceModel, String> {
    let inputs = model.input_outlets().map_err(|e| cause(&e))?.to_vec();
    let names: Vec<&str> = inputs.iter().map(|outlet| model.node(outlet.node).name.as_str()).collect();
    if names != [entry.input.name.as_str()] {
        return Err(format!("its inputs should be [`{}`] and are {names:?}", entry.input.name));
    }
    let found = model.input_fact(0).map_err(|e| cause(&e))?.clone();
    let wanted = InferenceFact::dt_shape(datum, shape);
    // A dimension that has only a name takes the size that is wanted.
    let sizes = found.shape.dims().zip(shape).map(|(dim, &size)| match dim.concretize() {
        Some(known) if known.to_i64().is_ok() => known,
        _ => size.to_dim(),
    });
    let mut known = InferenceFact::dt_shape(datum, sizes.collect::<ShapeFactoid>());
    let rank = found.shape.rank().concretize().is_none_or(|rank| rank as usize == shape.len());
    if !rank || found.datum_type.unify(&wanted.datum_type).is_err() || known.unify_with(&wanted).is_err() {
        return Err(format!("its input `{}` should be {:?} and is {:?}", entry.input.name, wanted, found));
    }
    model.set_input_fact(0, wanted).map_err(|e| cause(&e))?;
    let mut outlets = Vec::new();
    for output in &entry.outputs {
        let outlets_of_model = model.output_outlets().map_err(|e| cause(&e))?;
        let known = |outlet: &OutletId| {
            model.outlet_label(*outlet) == Some(&output.name) || model.node(outlet.node).name == output.name
        };
        let Some(outlet) = outlets_of_model.iter().copied().find(known) else {
            let names: Vec<_> = outlets_of_model.iter().map(|o| model.outlet_label(*o).unwrap_or("?")).collect();
            return Err(format!("its outputs should include `{}` and are {names:?}", output.name));
        };
        outlets.push(outlet);
    }
    model.select_output_outlets(&outlets).map_err(|e| cause(&e))?;
    Ok(model)
}
