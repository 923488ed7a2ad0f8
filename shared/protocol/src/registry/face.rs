//! Features of the face modality.

super::features! {
    0  FACE_FRACTION "face_fraction", "1", 0.0..1.0 Linear, S10, 1 s, Activity, Year, "ours: analysed frames with a face over analysed frames";
    1  BOX_SIZE "box_size", "1", 0.0..1.0 Linear, S10, 1 s, FaceGeometry, Month, "ours: mean box height over frame height";
    2  BOX_CENTRE_X "box_centre_x", "1", 0.0..1.0 Linear, S10, 1 s, FaceGeometry, Month, "ours: mean box centre over frame width";
    3  BOX_CENTRE_Y "box_centre_y", "1", 0.0..1.0 Linear, S10, 1 s, FaceGeometry, Month, "ours: mean box centre over frame height";
    4  EXPRESSION_ANGRY "expression_angry", "1", 0.0..1.0 Linear, S10, 1 s, Affect, Year, "mean class probability, labels of FER+ (Barsoum et al. 2016)";
    5  EXPRESSION_DISGUST "expression_disgust", "1", 0.0..1.0 Linear, S10, 1 s, Affect, Year, "mean class probability, labels of FER+ (Barsoum et al. 2016)";
    6  EXPRESSION_FEAR "expression_fear", "1", 0.0..1.0 Linear, S10, 1 s, Affect, Year, "mean class probability, labels of FER+ (Barsoum et al. 2016)";
    7  EXPRESSION_HAPPY "expression_happy", "1", 0.0..1.0 Linear, S10, 1 s, Affect, Year, "mean class probability, labels of FER+ (Barsoum et al. 2016)";
    8  EXPRESSION_SAD "expression_sad", "1", 0.0..1.0 Linear, S10, 1 s, Affect, Year, "mean class probability, labels of FER+ (Barsoum et al. 2016)";
    9  EXPRESSION_SURPRISE "expression_surprise", "1", 0.0..1.0 Linear, S10, 1 s, Affect, Year, "mean class probability, labels of FER+ (Barsoum et al. 2016)";
    10 EXPRESSION_NEUTRAL "expression_neutral", "1", 0.0..1.0 Linear, S10, 1 s, Affect, Year, "mean class probability, labels of FER+ (Barsoum et al. 2016)";
    11 VALENCE "valence", "1", -1.0..1.0 Linear, S10, 1 s, Affect, Year, "circumplex model (Russell 1980)";
    12 AROUSAL "arousal", "1", -1.0..1.0 Linear, S10, 1 s, Affect, Year, "circumplex model (Russell 1980)";
    13 YAW_MEAN "yaw_mean", "deg", -90.0..90.0 Linear, S10, 1 s, FaceGeometry, Month, "head pose from landmarks (perspective n points); positive to the person's left";
    14 YAW_SD "yaw_sd", "deg", 0.0..90.0 Linear, S10, 1 s, FaceGeometry, Month, "head pose from landmarks (perspective n points)";
    15 PITCH_MEAN "pitch_mean", "deg", -90.0..90.0 Linear, S10, 1 s, FaceGeometry, Month, "head pose from landmarks (perspective n points); positive upwards";
    16 PITCH_SD "pitch_sd", "deg", 0.0..90.0 Linear, S10, 1 s, FaceGeometry, Month, "head pose from landmarks (perspective n points)";
    17 ROLL_MEAN "roll_mean", "deg", -90.0..90.0 Linear, S10, 1 s, FaceGeometry, Month, "head pose: angle of the line between the eyes; positive when the head leans to its left";
    18 ROLL_SD "roll_sd", "deg", 0.0..90.0 Linear, S10, 1 s, FaceGeometry, Month, "head pose: angle of the line between the eyes";
    19 EYE_ASPECT_RATIO "eye_aspect_ratio", "1", 0.0..1.0 Linear, S10, 1 s, FaceGeometry, Month, "Soukupova and Cech 2016";
    20 BLINK_RATE "blink_rate", "1/min", 0.0..120.0 Linear, S60, 30 s, Physiology, Month, "closures of both eyes of at most 0.5 s (Caffier et al. 2003), told by the landmarks network, else by the eye aspect ratio";
    21 PERCLOS "perclos", "1", 0.0..1.0 Linear, S60, 30 s, Physiology, Month, "share of time with both eyes closed (after Wierwille 1994, who takes them to be from 80 % on)";
    22 GAZE_AWAY_FRACTION "gaze_away_fraction", "1", 0.0..1.0 Linear, S10, 1 s, FaceGeometry, Month, "ours: analysed frames with the head turned by over 30 degrees to a side or 25 up or down";
    23 BRIGHTNESS "brightness", "1", 0.0..1.0 Linear, S10, 1 s, Technical, Month, "mean luma (ITU-R BT.601) of the face, else of the frame";
    24 SHARPNESS "sharpness", "1", 0.0..1.0 Linear, S10, 1 s, Technical, Month, "variance of the Laplacian (Pech-Pacheco et al. 2000), squashed";
    25 CONTRAST "contrast", "1", 0.0..0.5 Linear, S10, 1 s, Technical, Month, "standard deviation of luma (ITU-R BT.601)";
    26 HEAD_MOTION "head_motion", "1/s", 0.0..5.0 Linear, S10, 2 s, Activity, Month, "ours: movement of the face's centre in box sizes a second";
    27 MOUTH_OPENING "mouth_opening", "1", 0.0..2.0 Linear, S10, 1 s, FaceGeometry, Month, "inner lip distance over mouth width, from landmarks";
    28 EXPRESSION_CONFIDENCE "expression_confidence", "1", 0.0..1.0 Linear, S10, 1 s, Affect, Year, "mean probability of the likeliest class";
    29 PULSE_RATE "pulse_rate", "1/min", 30.0..240.0 Linear, S60, 10 s, Physiology, Year, "remote photoplethysmography, POS (Wang et al. 2017)";
    30 PULSE_QUALITY "pulse_quality", "dB", -20.0..30.0 Linear, S60, 10 s, Technical, Month, "signal-to-noise ratio at the pulse (de Haan and Jeanne 2013)";
    31 VALENCE_DEVIATION "valence_deviation", "sd", -10.0..10.0 Linear, S10, 1 s, Affect, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
    32 AROUSAL_DEVIATION "arousal_deviation", "sd", -10.0..10.0 Linear, S10, 1 s, Affect, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
}

/// How many classes the expression distribution has, from [`EXPRESSION_ANGRY`] on.
pub const EXPRESSION_CLASSES: u8 = 7;
