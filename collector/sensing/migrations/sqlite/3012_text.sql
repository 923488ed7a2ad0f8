-- What was read on devices of what people write, apart from what is sensed of them a thousand times as often: 5 is the number of that
-- modality.
CREATE INDEX texts_by_window ON records (person, window_start) WHERE modality = 5;
