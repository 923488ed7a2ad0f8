//! What protects people, and where each protection is held, so that whoever doubts can look.

use super::markdown::table;

/// A risk that people could come to, what the program does against it, and where that is held.
pub(super) struct Protection {
    pub(super) risk: &'static str,
    pub(super) does: &'static str,
    /// Files of the project, from its root.
    pub(super) code: &'static [&'static str],
    /// Tests that SECURITY.md names or that stand in those files.
    pub(super) tests: &'static [&'static str],
}

pub(super) const PROTECTIONS: &[Protection] = &[
    Protection {
        risk: "Pictures or sound of a person come into other hands",
        does: "They are analysed in memory, are never written, logged or sent, and memory is wiped before it is given back.",
        code: &["shared/analysis/src/wiping.rs", "agent/src/guard"],
        tests: &[
            "what_the_agent_has_played_lies_in_its_memory_no_more",
            "not_even_a_deliberate_attempt_writes_a_frame_elsewhere",
        ],
    },
    Protection {
        risk: "Emotion is read from faces and voices at work",
        does: "A gate on the device takes out what the profile does not let leave, and the collector stores none of it even if \
            it came.",
        code: &[
            "agent/src/keeping/gate.rs",
            "shared/protocol/src/policy/matrix.rs",
            "collector/sensing/src/ingest/ready.rs",
        ],
        tests: &[
            "no_feature_passes_that_the_profile_does_not_let_leave_and_no_other_is_lost",
            "what_the_profile_forbids_is_stored_nowhere",
        ],
    },
    Protection {
        risk: "Somebody is sensed who did not agree, or no longer does",
        does: "Consent is asked for each sensor and each use. It is looked up before anything is sensed, kept or sent, and \
            again when it comes in; a withdrawal wins over any grant. The log of consents is chained, so that a changed entry \
            is found.",
        code: &["shared/protocol/src/consent.rs", "collector/people/src/consent.rs"],
        tests: &[
            "a_withdrawal_wins_also_behind_a_gap_and_over_consent_that_is_given_again",
            "of_what_waited_nothing_is_sent_once_all_consent_is_withdrawn",
            "a_changed_entry_breaks_the_chain_of_consents",
        ],
    },
    Protection {
        risk: "Sensing goes on in secret",
        does: "The agent says when it senses; a pause closes camera and microphone, and holds even if the disk is full or the \
            agent hangs.",
        code: &["agent/src/control", "agent/src/sensors/live"],
        tests: &[
            "a_device_is_open_while_that_is_permitted_and_closed_while_it_is_not",
            "a_full_disk_does_not_keep_anybody_from_stopping",
            "an_agent_that_hangs_is_ended_by_a_pause_and_senses_nothing_when_it_is_started_again",
        ],
    },
    Protection {
        risk: "A stolen device tells of its person",
        does: "What waits on a device is sealed (AES-256-GCM) under keys that are thrown away once the collector has it.",
        code: &["agent/src/outbox", "agent/src/own"],
        tests: &[
            "what_was_acknowledged_opens_no_more_whatever_sled_still_has_of_it",
            "own_view_that_is_withdrawn_leaves_nothing_of_its_modality_on_the_device",
        ],
    },
    Protection {
        risk: "The database is read by somebody who got hold of it",
        does: "What was sensed is sealed under a key of each person, wrapped by a master key that lies outside the database. \
            Without it there are random numbers of people, times, sensors and sizes, and, in one table, the user ids that the \
            organisation gave.",
        code: &["collector/ground/src/keys", "collector/ground/README.md"],
        tests: &["nothing_that_was_sensed_stands_in_clear_and_an_erased_key_closes_it_for_ever"],
    },
    Protection {
        risk: "False data are laid to a person, or data go to another person",
        does: "Each batch is signed by its device, an outbox belongs to one person for good, and what is forged or replayed is \
            refused and counted.",
        code: &["shared/protocol/src/sign.rs", "collector/sensing/src/ingest"],
        tests: &[
            "forged_foreign_unknown_and_unreadable_messages_store_nothing_and_are_counted",
            "an_outbox_belongs_to_one_person_whatever_the_clock_says_and_consent_is_not_handed_on",
        ],
    },
    Protection {
        risk: "What was deleted comes back, or is not gone",
        does: "A deletion overwrites what stood there, is remembered, and what a device still holds of that time is refused.",
        code: &["collector/ground/README.md", "collector/sensing/src/spans.rs"],
        tests: &[
            "nothing_of_a_deleted_session_opens_or_comes_back_on_sqlite",
            "what_is_deleted_is_in_no_file_of_the_database_once_it_is_purged",
        ],
    },
    Protection {
        risk: "A score is wrong and counts against somebody",
        does: "What could not be seen is missing and says why; no score has a default. Each score tells what each sensor gave \
            to it and how uncertain it is.",
        code: &["shared/analysis/src/indicators", "shared/analysis/README.md"],
        tests: &["under_eu_with_everything_seen_no_reason_is_that_of_missing_data"],
    },
    Protection {
        risk: "What people say of themselves is turned against them",
        does: "It is stored with their consent to it alone, stands beside the scores and goes into none.",
        code: &["shared/protocol/src/registry/check_in.rs"],
        tests: &["what_a_person_says_stands_beside_the_scores_and_in_none_on_each_database"],
    },
    Protection {
        risk: "What people write is read by somebody, or held against them",
        does: "A device reads messages that a program of the person's hands over, and wipes them: only numbers can leave, under eu and uk none. \
            Signs of distress are told to the person alone, on their own page.",
        code: &["agent/src/messages", "agent/src/messages/tests.rs", "shared/protocol/src/registry/text.rs"],
        tests: &[
            "what_was_read_of_messages_leaves_no_trace_off_the_device_under_eu_and_leaves_as_numbers_under_research",
            "signs_of_distress_are_told_on_the_own_page_until_they_are_seen_and_lesser_ones_not",
        ],
    },
    Protection {
        risk: "Somebody within the organisation reads what is not theirs to read",
        does: "Once there is an account everybody signs in, and one table says which role may ask for what; who reads of others needs \
               a second factor. Who guesses passwords is slowed down.",
        code: &["collector/src/rights.rs", "collector/people/src/sign_in"],
        tests: &[
            "from_the_first_account_on_everybody_signs_in_and_an_employee_sees_their_own_on_sqlite",
            "a_role_that_reads_of_others_needs_a_second_factor_whose_codes_work_once",
            "who_guesses_is_slowed_down_whether_there_is_the_name_or_not_and_the_owner_gets_in",
        ],
    },
    Protection {
        risk: "A stranger or another web page uses the collector",
        does: "It answers under its own names only, changes nothing for pages of another origin, and bounds what each address \
            may ask.",
        code: &["collector/ground/src/http/guard.rs", "collector/sensing/src/broker/gate"],
        tests: &[
            "a_name_that_leads_to_loopback_reads_no_sessions_and_the_answer_says_how_to_add_it",
            "a_page_of_another_origin_stores_changes_and_deletes_nothing_and_the_own_page_does",
            "strangers_at_the_broker_neither_fill_memory_nor_keep_anybody_out",
        ],
    },
];

/// A table of them for the assessment, in which the organisation says what remains.
pub(super) fn risks(remaining: &str) -> String {
    let row = |protection: &Protection| {
        let places: Vec<String> =
            protection.code.iter().chain(protection.tests).map(|place| format!("`{place}`")).collect();
        vec![protection.risk.to_owned(), protection.does.to_owned(), places.join(", "), remaining.to_owned()]
    };
    let head =
        ["Risk", "What the program does against it", "Held by (code; tests)", "Likelihood and severity that remain"];
    table(&head, PROTECTIONS.iter().map(row))
}

/// A table of them for who reads no code.
pub(super) fn measures() -> String {
    let row = |protection: &Protection| vec![protection.risk.to_owned(), protection.does.to_owned()];
    table(&["So that not", "this is done"], PROTECTIONS.iter().map(row))
}
