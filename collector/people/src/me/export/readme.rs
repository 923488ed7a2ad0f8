//! What stands in an archive for who opens it.

pub(super) const TEXT: &str = "\
This archive holds all that the collector keeps of you, opened: nothing in it is sealed. Keep it where only you read it.

Files, each as JSON and, where it is a table, as CSV (UTF-8, comma, CRLF; times are RFC 3339 in UTC):
  account      who you are here, and how you sign in
  devices      the devices that were enrolled for you, each with what it said last of whether it is on
  consents     every change of what you agreed to, as your devices told it
  preferences  what you prefer of what is sensed of you and sent for you, as it is in force
  preferences_followed  your devices, and since when each says that it follows what you prefer
  access       who read what of you, and what was done about your account
  corrections  what you said against scores of yours
  sessions     your sessions with their scores over all their windows
  windows      the scores of each ten seconds
  records      what your devices and analyses measured: one row a feature, named as the registry names it
  check-ins    what you said of yourself
  rollups.json                        sums of what was seen of you and of what you said, by hour, day, week and month of
                                      your calendar: how many values, their mean and how they are spread
  alerts.json                         what was told to you of yourself, and what became of it
  supporters.json                     whom you chose to support you, and what they answered
  alert_choices.json                  how you want to be told that something waits for you
  messages.json                       what was read of what you wrote, with when and in which channel, and the texts that are here still
  message_consents.json               what you agreed to of that, every change of it
  message_names.json                  how you are called where you write, as it was said here
  hr.json                             what tables of the personnel department say of you, row by row, and whether each table stands
  hr_flags.json                       whether you were found unusual by them, why, what people decided on it, and what you objected
  reminders.json                      what you want to be reminded of, and how
  reminded.json                       when you were reminded, and whether you answered
  reminders_told.json                 when HR was told that reminders of yours went unanswered
  letters.json                        letters between you and HR
  talk_consents.json                  what you agreed to of talks, every change of it
  talks.json                          your talks, turn by turn, and what was read of what you wrote
  talk_memory.json                    what is remembered of you from talk to talk
  safety_plan.json                    your safety plan
  talk_reports.json                   reports of your talks, and what of them you released
  talk_egress.json                    when text of yours left for a language model, where to, and how much
  report-2026-03-31.pdf               the report that was made of you for that day, one for each day of which one is kept
  saved_views.json                    what you keep of the pages of teams: a name, and what is asked for
  fhir-heart-rate.json                heart rates as a FHIR R4 (4.0.1) Bundle of Observations, LOINC 8867-4
  open-mhealth-heart-rate.json        heart rates as data points of Open mHealth, omh:heart-rate:2.0
What has nothing in it is there all the same, as an empty list. Sessions that were joined stand under the older one.

Not in it, as nobody can read it: what your devices keep for themselves (`attune-agent export` on each), what could not be
read when it came (quarantine), and passwords and codes, which lie here as hashes only. Nor figures of
teams: none of them tells of you.

How to check that the collector has made it and that nothing was changed since:
  openssl pkeyutl -verify -pubin -inkey collector.pem -rawin -in manifest.json -sigfile manifest.sig
and then, that each file has the SHA-256 that manifest.json names, with `sha256sum FILE`.
Whether collector.pem is the collector's own key: its administrator prints the key with `attune-collector audit export`.
";
