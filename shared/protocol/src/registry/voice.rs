//! Features of the voice modality.

super::features! {
    0  VOICED_FRACTION "voiced_fraction", "1", 0.0..1.0 Linear, S10, 1 s, Activity, Year, "voiced frames of speech over all frames";
    1  LOUDNESS "loudness", "sone (relative)", 0.001..100.0 Log, S10, 1 s, VoiceAcoustics, Year, "auditory spectrum summed, as in eGeMAPS (Eyben et al. 2016)";
    2  LEVEL "level", "dBFS", -120.0..0.0 Linear, S10, 1 s, Technical, Month, "root mean square of all samples";
    3  F0_MEAN "f0_mean", "Hz", 40.0..1100.0 Log, S10, 1 s, VoiceAcoustics, Year, "Boersma 1993, mean over voiced frames";
    4  F0_SEMITONE_MEAN "f0_semitone_mean", "semitone", 0.0..64.0 Linear, S10, 1 s, VoiceAcoustics, Year, "from 27.5 Hz, as in eGeMAPS (Eyben et al. 2016)";
    5  F0_SEMITONE_SD "f0_semitone_sd", "semitone", 0.0..32.0 Linear, S10, 1 s, VoiceAcoustics, Year, "standard deviation over voiced frames";
    6  F0_RANGE "f0_range", "semitone", 0.0..48.0 Linear, S10, 1 s, VoiceAcoustics, Year, "20th to 80th percentile, as in eGeMAPS (Eyben et al. 2016)";
    7  JITTER_LOCAL "jitter_local", "1", 0.0001..1.0 Log, S10, 1 s, VoiceAcoustics, Month, "Praat (Boersma and Weenink)";
    8  SHIMMER_LOCAL_DB "shimmer_local_db", "dB", 0.001..10.0 Log, S10, 1 s, VoiceAcoustics, Month, "Praat (Boersma and Weenink)";
    9  HNR "hnr", "dB", -30.0..60.0 Linear, S10, 1 s, VoiceAcoustics, Month, "Boersma 1993, by cross-correlation as in Praat";
    10 SPECTRAL_CENTROID "spectral_centroid", "Hz", 0.0..8000.0 Linear, S10, 1 s, VoiceAcoustics, Month, "first moment of the magnitude spectrum";
    11 SLOPE_0_500 "spectral_slope_0_500", "dB/Hz", -0.5..0.5 Linear, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016), a least-squares line";
    12 SLOPE_500_1500 "spectral_slope_500_1500", "dB/Hz", -0.5..0.5 Linear, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016), a least-squares line";
    13 SPECTRAL_FLUX "spectral_flux", "1", 0.000001..1000.0 Log, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    14 ALPHA_RATIO "alpha_ratio", "dB", -100.0..60.0 Linear, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    15 HAMMARBERG_INDEX "hammarberg_index", "dB", -60.0..100.0 Linear, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    16 MFCC1 "mfcc1", "1", -150.0..150.0 Linear, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    17 MFCC2 "mfcc2", "1", -150.0..150.0 Linear, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    18 MFCC3 "mfcc3", "1", -150.0..150.0 Linear, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    19 MFCC4 "mfcc4", "1", -150.0..150.0 Linear, S10, 1 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    20 F1_FREQUENCY "f1_frequency", "Hz", 50.0..5500.0 Log, S10, 1 s, VoiceAcoustics, Month, "Burg's method as in Praat, mean over voiced frames";
    21 F2_FREQUENCY "f2_frequency", "Hz", 50.0..5500.0 Log, S10, 1 s, VoiceAcoustics, Month, "Burg's method as in Praat, mean over voiced frames";
    22 F3_FREQUENCY "f3_frequency", "Hz", 50.0..5500.0 Log, S10, 1 s, VoiceAcoustics, Month, "Burg's method as in Praat, mean over voiced frames";
    23 F1_BANDWIDTH "f1_bandwidth", "Hz", 1.0..5500.0 Log, S10, 1 s, VoiceAcoustics, Month, "Burg's method as in Praat, mean over voiced frames";
    24 F2_BANDWIDTH "f2_bandwidth", "Hz", 1.0..5500.0 Log, S10, 1 s, VoiceAcoustics, Month, "Burg's method as in Praat, mean over voiced frames";
    25 F3_BANDWIDTH "f3_bandwidth", "Hz", 1.0..5500.0 Log, S10, 1 s, VoiceAcoustics, Month, "Burg's method as in Praat, mean over voiced frames";
    26 SPEECH_RATE "speech_rate", "1/s", 0.0..15.0 Linear, S10, 3 s, VoiceAcoustics, Year, "syllable nuclei (de Jong and Wempe 2009) a second of the time from first to last voiced frame";
    27 PAUSE_FRACTION "pause_fraction", "1", 0.0..1.0 Linear, S10, 3 s, Activity, Year, "silence between voiced segments over the time from first to last";
    28 VOICED_SEGMENT_RATE "voiced_segment_rate", "1/s", 0.0..20.0 Linear, S10, 3 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    29 VOICED_SEGMENT_MEAN "voiced_segment_mean", "s", 0.01..10.0 Log, S10, 3 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    30 UNVOICED_SEGMENT_MEAN "unvoiced_segment_mean", "s", 0.01..10.0 Log, S10, 3 s, VoiceAcoustics, Month, "eGeMAPS (Eyben et al. 2016)";
    31 SPEECH_FRACTION "speech_fraction", "1", 0.0..1.0 Linear, S10, 1 s, Activity, Year, "frames that voice activity detection takes for speech";
    32 AFFECT_NEUTRAL "affect_neutral", "1", 0.0..1.0 Linear, S10, 2 s, Affect, Year, "mean class probability, labels of RAVDESS (Livingstone and Russo 2018)";
    33 AFFECT_CALM "affect_calm", "1", 0.0..1.0 Linear, S10, 2 s, Affect, Year, "mean class probability, labels of RAVDESS (Livingstone and Russo 2018)";
    34 AFFECT_HAPPY "affect_happy", "1", 0.0..1.0 Linear, S10, 2 s, Affect, Year, "mean class probability, labels of RAVDESS (Livingstone and Russo 2018)";
    35 AFFECT_SAD "affect_sad", "1", 0.0..1.0 Linear, S10, 2 s, Affect, Year, "mean class probability, labels of RAVDESS (Livingstone and Russo 2018)";
    36 AFFECT_ANGRY "affect_angry", "1", 0.0..1.0 Linear, S10, 2 s, Affect, Year, "mean class probability, labels of RAVDESS (Livingstone and Russo 2018)";
    37 AFFECT_FEARFUL "affect_fearful", "1", 0.0..1.0 Linear, S10, 2 s, Affect, Year, "mean class probability, labels of RAVDESS (Livingstone and Russo 2018)";
    38 AFFECT_DISGUST "affect_disgust", "1", 0.0..1.0 Linear, S10, 2 s, Affect, Year, "mean class probability, labels of RAVDESS (Livingstone and Russo 2018)";
    39 AFFECT_SURPRISED "affect_surprised", "1", 0.0..1.0 Linear, S10, 2 s, Affect, Year, "mean class probability, labels of RAVDESS (Livingstone and Russo 2018)";
    40 AROUSAL "arousal", "1", -1.0..1.0 Linear, S10, 2 s, Affect, Year, "circumplex model (Russell 1980)";
    41 LOUDNESS_DEVIATION "loudness_deviation", "sd", -10.0..10.0 Linear, S10, 1 s, VoiceAcoustics, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
    42 F0_DEVIATION "f0_semitone_mean_deviation", "sd", -10.0..10.0 Linear, S10, 1 s, VoiceAcoustics, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
    43 F0_SD_DEVIATION "f0_semitone_sd_deviation", "sd", -10.0..10.0 Linear, S10, 1 s, VoiceAcoustics, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
    44 CENTROID_DEVIATION "spectral_centroid_deviation", "sd", -10.0..10.0 Linear, S10, 1 s, VoiceAcoustics, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
    45 SPEECH_RATE_DEVIATION "speech_rate_deviation", "sd", -10.0..10.0 Linear, S10, 3 s, VoiceAcoustics, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
}

/// How many classes the affect distribution has, from [`AFFECT_NEUTRAL`] on.
pub const AFFECT_CLASSES: u8 = 8;
