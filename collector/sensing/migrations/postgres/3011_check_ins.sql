-- What people say of themselves, apart from what is sensed of them a thousand times as often: 4 is the number of that modality.
CREATE INDEX check_ins_by_window ON records (person, window_start) WHERE modality = 4;
