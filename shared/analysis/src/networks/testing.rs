//! Small networks for tests, made on the spot: outputs that are affine in the mean of the input.

use std::path::Path;

use data_encoding::HEXLOWER;
use prost::Message as _;
use sha2::{Digest, Sha256};
use tract_onnx::pb;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};

use super::{MANIFEST, Networks};

/// One output: `slope * mean(input) + bias` in each place.
pub(crate) struct StandIn {
    pub(crate) name: &'static str,
    pub(crate) shape: &'static [usize],
    pub(crate) slope: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// An ONNX file with one input and affine outputs of its mean.
pub(crate) fn onnx(input: &str, shape: &[usize], outputs: &[StandIn]) -> Vec<u8> {
    let all = shape.iter().product::<usize>();
    let mut graph = pb::GraphProto { name: "stand_in".into(), ..Default::default() };
    graph.input.push(value(input, shape));
    graph.initializer.push(integers("flat_shape", &[1, all as i64]));
    graph.node.push(node("Reshape", &[input, "flat_shape"], "flat"));
    let axes = pb::AttributeProto { name: "axes".into(), r#type: INTS, ints: vec![1], ..Default::default() };
    graph.node.push(pb::NodeProto { attribute: vec![axes], ..node("ReduceMean", &["flat"], "mean") });
    heads(graph, "mean", outputs)
}

/// An ONNX file of a network that reads text: affine outputs of the highest number of a piece, for inputs of any length.
pub(crate) fn text_onnx(outputs: &[StandIn]) -> Vec<u8> {
    let mut graph = pb::GraphProto { name: "stand_in".into(), ..Default::default() };
    let named = Dimension { value: Some(dimension::Value::DimParam("length".into())), ..Default::default() };
    let one = Dimension { value: Some(dimension::Value::DimValue(1)), ..Default::default() };
    graph.input.push(typed("pieces", pb::tensor_proto::DataType::Int64, vec![one, named]));
    let float = i64::from(pb::tensor_proto::DataType::Float as i32);
    let to = pb::AttributeProto { name: "to".into(), r#type: INT, i: float, ..Default::default() };
    graph.node.push(pb::NodeProto { attribute: vec![to], ..node("Cast", &["pieces"], "numbers") });
    let axes = pb::AttributeProto { name: "axes".into(), r#type: INTS, ints: vec![1], ..Default::default() };
    graph.node.push(pb::NodeProto { attribute: vec![axes], ..node("ReduceMax", &["numbers"], "highest") });
    heads(graph, "highest", outputs)
}

/// The file of a graph with affine outputs of a value of it.
fn heads(mut graph: pb::GraphProto, from: &str, outputs: &[StandIn]) -> Vec<u8> {
    for StandIn { name, shape, slope, bias } in outputs {
        let size = shape.iter().product::<usize>();
        let [slope_name, bias_name, product, sum, shape_name] =
            ["slope", "bias", "product", "sum", "shape"].map(|part| format!("{name}_{part}"));
        graph.initializer.push(floats(&slope_name, &[1, size], slope));
        graph.initializer.push(floats(&bias_name, &[1, size], bias));
        graph.initializer.push(integers(&shape_name, &shape.iter().map(|&n| n as i64).collect::<Vec<_>>()));
        graph.node.push(node("Mul", &[from, &slope_name], &product));
        graph.node.push(node("Add", &[&product, &bias_name], &sum));
        graph.node.push(node("Reshape", &[&sum, &shape_name], name));
        graph.output.push(value(name, shape));
    }
    let opset = pb::OperatorSetIdProto { domain: String::new(), version: 13 };
    pb::ModelProto { ir_version: 7, opset_import: vec![opset], graph: Some(graph), ..Default::default() }
        .encode_to_vec()
}

/// Writes `files` (name, bytes, the rest of the entry) and a manifest for them into `dir`.
pub(crate) fn write(dir: &Path, files: &[(&str, Vec<u8>, String)]) {
    let mut manifest = String::from("version = 1\n");
    for (name, bytes, rest) in files {
        put(&dir.join(name), bytes);
        let sha256 = HEXLOWER.encode(&Sha256::digest(bytes));
        manifest += &format!("\n[[network]]\nfile = \"{name}\"\nsha256 = \"{sha256}\"\n{rest}\n");
    }
    put(&dir.join(MANIFEST), manifest.as_bytes());
}

/// Writes a file.
#[expect(clippy::disallowed_methods, reason = "a made-up network is no raw sample")]
pub(crate) fn put(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

/// Loads `files` as a folder of networks.
pub(crate) fn load(files: &[(&str, Vec<u8>, String)]) -> Networks {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), files);
    Networks::load(dir.path()).unwrap()
}

const INT: i32 = pb::attribute_proto::AttributeType::Int as i32;
const INTS: i32 = pb::attribute_proto::AttributeType::Ints as i32;

fn node(op: &str, input: &[&str], output: &str) -> pb::NodeProto {
    pb::NodeProto {
        op_type: op.into(),
        name: format!("make_{output}"),
        input: input.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

fn floats(name: &str, shape: &[usize], data: &[f32]) -> pb::TensorProto {
    let dims = shape.iter().map(|&n| n as i64).collect();
    let data_type = pb::tensor_proto::DataType::Float as i32;
    pb::TensorProto { name: name.into(), dims, data_type, float_data: data.to_vec(), ..Default::default() }
}

fn integers(name: &str, data: &[i64]) -> pb::TensorProto {
    let data_type = pb::tensor_proto::DataType::Int64 as i32;
    let dims = vec![data.len() as i64];
    pb::TensorProto { name: name.into(), dims, data_type, int64_data: data.to_vec(), ..Default::default() }
}

fn value(name: &str, shape: &[usize]) -> pb::ValueInfoProto {
    let dim = |&n: &usize| Dimension { value: Some(dimension::Value::DimValue(n as i64)), ..Default::default() };
    typed(name, pb::tensor_proto::DataType::Float, shape.iter().map(dim).collect())
}

fn typed(name: &str, of: pb::tensor_proto::DataType, dim: Vec<Dimension>) -> pb::ValueInfoProto {
    let shape = pb::TensorShapeProto { dim };
    let tensor = pb::type_proto::Tensor { elem_type: of as i32, shape: Some(shape) };
    let r#type = pb::TypeProto { value: Some(pb::type_proto::Value::TensorType(tensor)), ..Default::default() };
    pb::ValueInfoProto { name: name.into(), r#type: Some(r#type), ..Default::default() }
}
