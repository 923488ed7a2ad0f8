-- A person is in every key of what is kept of them: a database that spreads people over machines finds all of one on one machine. What
-- is found before its person is known (a code by its name, an enrolment and an outbox by their device) is one over all people besides,
-- and lies on every such machine.
ALTER TABLE enrolment_codes DROP CONSTRAINT enrolment_codes_pkey, ADD PRIMARY KEY (name, person), ADD UNIQUE (name);
ALTER TABLE device_epochs DROP CONSTRAINT device_epochs_device_number_fkey;
ALTER TABLE device_enrolments DROP CONSTRAINT device_enrolments_pkey, ADD PRIMARY KEY (device, number, person),
    ADD UNIQUE (device, number);
ALTER TABLE device_epochs DROP CONSTRAINT device_epochs_pkey, ADD PRIMARY KEY (device, epoch, person), ADD UNIQUE (device, epoch),
    ADD FOREIGN KEY (device, number, person) REFERENCES device_enrolments (device, number, person);
ALTER TABLE preferences_followed DROP CONSTRAINT preferences_followed_pkey, ADD PRIMARY KEY (device, enrolment, person);
ALTER TABLE corrections DROP CONSTRAINT corrections_pkey, ADD PRIMARY KEY (id, person);
ALTER TABLE team_members DROP CONSTRAINT team_members_pkey, ADD PRIMARY KEY (period, person);
