//! Features of the heart modality.

super::features! {
    0  MEAN_HR "mean_hr", "1/min", 20.0..300.0 Linear, S10, 5 s, Physiology, Year, "Task Force 1996: 60 s over the mean of normal RR intervals";
    1  RMSSD "rmssd", "ms", 0.1..1000.0 Log, S60, 30 s, Physiology, Year, "Task Force 1996";
    2  SDNN "sdnn", "ms", 0.1..1000.0 Log, S60, 60 s, Physiology, Year, "Task Force 1996";
    3  PNN50 "pnn50", "%", 0.0..100.0 Linear, S60, 60 s, Physiology, Year, "Task Force 1996";
    4  HTI "hti", "1", 0.0..200.0 Linear, S300, 270 s, Physiology, Year, "Task Force 1996: triangular index, bins of 1/128 s; shortest after Baek et al. 2015";
    5  VLF "vlf", "ms2", 0.01..1000000.0 Log, S300, 270 s, Physiology, Year, "Task Force 1996: 0.0033-0.04 Hz; shortest after Baek et al. 2015";
    6  LF "lf", "ms2", 0.01..1000000.0 Log, S300, 120 s, Physiology, Year, "Task Force 1996: 0.04-0.15 Hz";
    7  HF "hf", "ms2", 0.01..1000000.0 Log, S300, 60 s, Physiology, Year, "Task Force 1996: 0.15-0.4 Hz";
    8  LF_HF "lf_hf", "1", 0.001..1000.0 Log, S300, 120 s, Physiology, Year, "Task Force 1996";
    9  LF_NU "lf_nu", "%", 0.0..100.0 Linear, S300, 120 s, Physiology, Year, "Task Force 1996: normalized units";
    10 HF_NU "hf_nu", "%", 0.0..100.0 Linear, S300, 120 s, Physiology, Year, "Task Force 1996: normalized units";
    11 SD1 "sd1", "ms", 0.1..1000.0 Log, S60, 30 s, Physiology, Year, "Poincare plot (Brennan et al. 2001)";
    12 SD2 "sd2", "ms", 0.1..1000.0 Log, S60, 60 s, Physiology, Year, "Poincare plot (Brennan et al. 2001)";
    13 SD1_SD2 "sd1_sd2", "1", 0.001..100.0 Log, S60, 60 s, Physiology, Year, "Poincare plot (Brennan et al. 2001)";
    14 SAMPLE_ENTROPY "sample_entropy", "1", 0.0..5.0 Linear, S300, 240 s, Physiology, Year, "Richman and Moorman 2000";
    15 STRESS_INDEX "stress_index", "1/s2", 0.1..100000.0 Log, S300, 120 s, Physiology, Year, "Baevsky and Chernikova 2017";
    16 RESPIRATION_RATE "respiration_rate", "1/min", 3.0..60.0 Linear, S60, 30 s, Physiology, Year, "peak of respiratory sinus arrhythmia, 0.1-0.5 Hz";
    17 ARTEFACT_FRACTION "artefact_fraction", "1", 0.0..1.0 Linear, S60, 5 s, Technical, Year, "intervals corrected or left out over all";
    18 CONTACT "contact", "1", 0.0..1.0 Linear, S10, 1 s, Technical, Month, "share of time the sensor says that it touches skin";
    19 MEAN_HR_DEVIATION "mean_hr_deviation", "sd", -10.0..10.0 Linear, S60, 5 s, Physiology, Year, "ours: distance of the last minute's mean from the person's own running median in robust standard deviations (1.4826 MAD)";
    20 RMSSD_DEVIATION "rmssd_deviation", "sd", -10.0..10.0 Linear, S60, 30 s, Physiology, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
}
