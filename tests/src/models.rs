//! The shipped networks with the weights of one of them shuffled.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use prost::Message;
use sha2::{Digest, Sha256};
use tract_onnx::pb::ModelProto;
use tract_onnx::pb::tensor_proto::DataType;

use crate::binaries::repository;

/// The shipped networks' folder.
#[must_use]
pub fn shipped() -> PathBuf {
    repository().join("models")
}

/// Tasks and files of the networks that the shipped manifest names.
///
/// # Panics
/// When the manifest does not read.
#[must_use]
pub fn tasks() -> Vec<(String, String)> {
    let manifest: toml::Table = read_manifest().parse().expect("the shipped manifest is TOML");
    let networks = manifest["network"].as_array().expect("the manifest lists networks");
    let text = |network: &toml::Value, key: &str| network[key].as_str().expect("a string").to_owned();
    networks.iter().map(|network| (text(network, "task"), text(network, "file"))).collect()
}

/// A copy of the shipped networks in `folder`, in which the weights of every tensor of one task's network stand in
/// another order, and the manifest vouches for the changed file.
///
/// # Panics
/// When there is no such network, or the folder cannot be written.
pub fn permuted(folder: &Path, task: &str, seed: u64) {
    let mut manifest = read_manifest();
    for (each, file) in tasks() {
        let original = std::fs::read(shipped().join(&file)).expect("the shipped networks can be read");
        let bytes = if each == task { shuffled(&original, seed) } else { original.clone() };
        manifest = manifest.replace(&sha256(&original), &sha256(&bytes));
        std::fs::write(folder.join(&file), bytes).expect("the test's folder can be written");
        copy_pieces(folder, &file);
    }
    std::fs::write(folder.join("manifest.toml"), manifest).expect("the test's folder can be written");
}

/// Copies the pieces of words that lie beside a network, if it has any.
fn copy_pieces(folder: &Path, file: &str) {
    let name = Path::new(file).with_extension("pieces");
    if shipped().join(&name).exists() {
        std::fs::copy(shipped().join(&name), folder.join(&name)).expect("the test's folder can be written");
    }
}

/// A copy of the shipped networks in `folder`, without those of some tasks.
///
/// # Panics
/// When the folder cannot be written.
pub fn without(folder: &Path, left_out: &[&str]) {
    let mut manifest: toml::Table = read_manifest().parse().expect("the shipped manifest is TOML");
    let networks = manifest["network"].as_array_mut().expect("the manifest lists networks");
    networks.retain(|network| !left_out.contains(&network["task"].as_str().expect("a network has a task")));
    for (_, file) in tasks().into_iter().filter(|(task, _)| !left_out.contains(&task.as_str())) {
        std::fs::copy(shipped().join(&file), folder.join(&file)).expect("the test's folder can be written");
        copy_pieces(folder, &file);
    }
    std::fs::write(folder.join("manifest.toml"), manifest.to_string()).expect("the test's folder can be written");
}

fn read_manifest() -> String {
    std::fs::read_to_string(shipped().join("manifest.toml")).expect("the shipped manifest can be read")
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn shuffled(onnx: &[u8], seed: u64) -> Vec<u8> {
    let mut model = ModelProto::decode(onnx).expect("the shipped networks are ONNX");
    let mut random = fastrand::Rng::with_seed(seed);
    let graph = model.graph.as_mut().expect("a network has a graph");
    let mut moved = 0;
    for tensor in graph.initializer.iter_mut().filter(|t| t.data_type == DataType::Float as i32) {
        let mut weights: Vec<[u8; 4]> = tensor.raw_data.as_chunks().0.to_vec();
        random.shuffle(&mut weights);
        tensor.raw_data = weights.concat();
        random.shuffle(&mut tensor.float_data);
        moved += weights.len() + tensor.float_data.len();
    }
    assert!(moved > 100, "the network's weights stand in its initializers");
    model.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use attune_analysis::networks::Networks;

    use super::*;

    #[test]
    fn a_network_with_permuted_weights_still_loads_and_is_another_file() {
        let place = crate::place::Place::new();
        for (task, file) in tasks() {
            permuted(place.path(), &task, 1);
            let networks = Networks::load(place.path()).expect("the manifest vouches for it");
            assert_eq!(networks.list().len(), tasks().len());
            let [original, changed] =
                [shipped(), place.path().to_owned()].map(|folder| std::fs::read(folder.join(&file)));
            assert_ne!(original.expect("it is there"), changed.expect("it is there"), "{task}");
        }
    }
}
