//! What is taken in, for the description: `json`, `multipart`, `motion` and `heart` read it.

use utoipa::ToSchema;

/// Numbers along three axes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `motion` reads")]
pub(crate) struct AxesBody {
    x: f64,
    y: f64,
    z: f64,
}

/// One reading of an inertial sensor.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `motion` reads")]
pub(crate) struct MotionBody {
    /// Seconds, on any clock; each greater than the one before.
    timestamp: f64,
    /// Acceleration with gravity, m/s2.
    acceleration: AxesBody,
    /// Angular rate, rad/s.
    gyroscope: Option<AxesBody>,
    /// Not used.
    magnetometer: Option<AxesBody>,
}

/// What is to be analysed: at least one of `face_image`, `audio_data`, `motion_data` and `heart_data` that is not null. A
/// field may stand under one of its names only.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `json` reads")]
pub(crate) struct AnalyzeBody {
    /// The session that this belongs to: 32 hexadecimal digits, a UUID, or a name of the client's own, which always stands
    /// for the same session. A new one when left out. The answer repeats it as it came.
    #[schema(min_length = 1, max_length = 128, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$")]
    session_id: Option<String>,
    /// The outside user id; when left out, what is sent is linked to nobody. Spaces at its ends are left out, letters are
    /// composed (NFC).
    #[schema(min_length = 1, max_length = 256, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$")]
    user_id: Option<String>,
    /// A picture of a face, PNG or JPEG, up to 65 megapixels, or WebP, up to 8.5: base64 or a data URL. Also as
    /// `face_image_base64`.
    face_image: Option<String>,
    /// A recording of a voice, WAV, MP3, OGG, FLAC, M4A or WebM, up to 300 s: base64 or a data URL. Also as `audio_base64`.
    audio_data: Option<String>,
    /// Readings of an inertial sensor, up to 300 s: more is refused (413), and so are times that do not ascend and numbers
    /// beyond 320 m/s2 or 70 rad/s (400).
    #[schema(min_items = 1, max_items = 60_000)]
    motion_data: Option<Vec<MotionBody>>,
    /// Intervals between heartbeats, each 1 to 10 000 milliseconds, all together up to 300 s: more is refused (413).
    /// 0 and 65535 say that there is none.
    #[schema(min_items = 1, max_items = 1_500)]
    heart_data: Option<Vec<f64>>,
    /// When the recording began, RFC 3339 with its offset, from the year 2000 to tomorrow; when left out, it ended about
    /// now. A date alone, a time without an offset and the name of a zone in brackets are refused.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<String>,
    /// How long the recording took, seconds. Also as `session_duration`.
    #[schema(exclusive_minimum = 0, maximum = 300)]
    duration_seconds: Option<f64>,
    /// Whether the answer shall hold a picture of the scores.
    include_graph: Option<bool>,
}

/// The same as a form with files. `motion_data` may be a CSV file (timestamp,x,y,z and gx,gy,gz), `heart_data` one with a
/// column rr_ms; other columns are as other fields. Parts that are empty and no files are left out.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `multipart` reads")]
pub(crate) struct AnalyzeForm {
    /// See the JSON body.
    session_id: Option<String>,
    /// See the JSON body.
    user_id: Option<String>,
    /// The picture's file.
    #[schema(value_type = Option<String>, format = Binary)]
    face_image: Option<Vec<u8>>,
    /// The picture in base64, instead of its file.
    face_image_base64: Option<String>,
    /// The recording's file.
    #[schema(value_type = Option<String>, format = Binary)]
    audio_data: Option<Vec<u8>>,
    /// The recording in base64, instead of its file.
    audio_base64: Option<String>,
    /// JSON or a table.
    #[schema(value_type = Option<String>, format = Binary)]
    motion_data: Option<Vec<u8>>,
    /// JSON or a table.
    #[schema(value_type = Option<String>, format = Binary)]
    heart_data: Option<Vec<u8>>,
    /// See the JSON body.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<String>,
    /// See the JSON body.
    duration_seconds: Option<f64>,
    /// See the JSON body.
    include_graph: Option<bool>,
}
