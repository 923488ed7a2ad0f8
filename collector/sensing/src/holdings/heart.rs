//! Heart rates in the forms of others: FHIR R4 (4.0.1) and Open mHealth.

use attune_ground::time::rfc3339;
use attune_protocol::window::Window;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A heart rate over ten seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Beat {
    pub(super) window: Window,
    /// Beats a minute.
    pub(super) rate: f64,
}

impl Beat {
    fn span(self) -> (String, String) {
        let start = self.window.start_millis();
        (rfc3339(start), rfc3339(start + 10_000))
    }

    /// A UUID that is the same each time that this value is taken out.
    fn uuid(self, place: usize) -> String {
        let digest = Sha256::new_with_prefix(b"attune heart rate")
            .chain_update(self.window.0.to_be_bytes())
            .chain_update((place as u64).to_be_bytes())
            .chain_update(self.rate.to_be_bytes())
            .finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        // Of version 8, whose bytes are its maker's own (RFC 9562).
        bytes[6] = 0x80 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// Whose the observations are: a patient without a name, in the same bundle.
pub(super) const PATIENT: &str = "urn:uuid:7f2b5e1c-6d0a-8c4e-9b1f-2a3d4c5e6f70";

/// What a bundle begins with, up to its list of entries.
pub(super) fn bundle_begins(made_at: i64) -> String {
    format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"timestamp\":\"{}\",\"entry\":[\n\
         {{\"fullUrl\":\"{PATIENT}\",\"resource\":{{\"resourceType\":\"Patient\",\"active\":true}}}}",
        rfc3339(made_at)
    )
}

/// An entry of a bundle.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    full_url: String,
    resource: Observation,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Observation {
    resource_type: &'static str,
    status: &'static str,
    category: [Concept; 1],
    code: Concept,
    subject: Reference,
    effective_period: Period,
    value_quantity: Quantity,
}

#[derive(Debug, Serialize)]
struct Concept {
    coding: [Coding; 1],
}

#[derive(Debug, Serialize)]
struct Coding {
    system: &'static str,
    code: &'static str,
    display: &'static str,
}

#[derive(Debug, Serialize)]
struct Reference {
    reference: &'static str,
}

#[derive(Debug, Serialize)]
struct Period {
    start: String,
    end: String,
}

#[derive(Debug, Serialize)]
struct Quantity {
    value: f64,
    unit: &'static str,
    system: &'static str,
    code: &'static str,
}

impl Entry {
    /// The heart rate of a window as a vital sign; `place` is its place among all of the archive.
    pub(super) fn of(beat: Beat, place: usize) -> Self {
        let (start, end) = beat.span();
        let concept = |system, code, display| Concept { coding: [Coding { system, code, display }] };
        Self {
            full_url: format!("urn:uuid:{}", beat.uuid(place)),
            resource: Observation {
                resource_type: "Observation",
                status: "final",
                category: [concept(
                    "http://terminology.hl7.org/CodeSystem/observation-category",
                    "vital-signs",
                    "Vital Signs",
                )],
                code: concept("http://loinc.org", "8867-4", "Heart rate"),
                subject: Reference { reference: PATIENT },
                effective_period: Period { start, end },
                value_quantity: Quantity {
                    value: beat.rate,
                    unit: "beats/minute",
                    system: "http://unitsofmeasure.org",
                    code: "/min",
                },
            },
        }
    }
}

/// A data point of Open mHealth: `omh:data-point:1.0` with a body of `omh:heart-rate:2.0`.
#[derive(Debug, Serialize)]
pub(super) struct DataPoint {
    header: Header,
    body: Body,
}

#[derive(Debug, Serialize)]
struct Header {
    id: String,
    creation_date_time: String,
    schema_id: SchemaId,
    acquisition_provenance: Provenance,
}

#[derive(Debug, Serialize)]
struct SchemaId {
    namespace: &'static str,
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct Provenance {
    source_name: &'static str,
    modality: &'static str,
}

#[derive(Debug, Serialize)]
struct Body {
    heart_rate: UnitValue,
    effective_time_frame: TimeFrame,
}

#[derive(Debug, Serialize)]
struct UnitValue {
    value: f64,
    unit: &'static str,
}

#[derive(Debug, Serialize)]
struct TimeFrame {
    time_interval: Interval,
}

#[derive(Debug, Serialize)]
struct Interval {
    start_date_time: String,
    end_date_time: String,
}

impl DataPoint {
    /// The heart rate of a window; `place` is its place among all of the archive.
    pub(super) fn of(beat: Beat, place: usize, made_at: i64) -> Self {
        let (start_date_time, end_date_time) = beat.span();
        Self {
            header: Header {
                id: beat.uuid(place),
                creation_date_time: rfc3339(made_at),
                schema_id: SchemaId { namespace: "omh", name: "heart-rate", version: "2.0" },
                acquisition_provenance: Provenance { source_name: "Attune", modality: "sensed" },
            },
            body: Body {
                heart_rate: UnitValue { value: beat.rate, unit: "beats/min" },
                effective_time_frame: TimeFrame { time_interval: Interval { start_date_time, end_date_time } },
            },
        }
    }
}
