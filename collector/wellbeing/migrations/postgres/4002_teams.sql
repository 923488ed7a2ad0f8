-- Figures of teams, in clear. Weeks (by their Mondays) and days are days since 1970-01-01. A team of zeros is the organisation.
-- Weeks that were made; they are never made again.
CREATE TABLE team_weeks (
    week BIGINT NOT NULL PRIMARY KEY,
    made_at BIGINT NOT NULL
);
-- What was given; why is 0 where a figure was.
CREATE TABLE team_figures (
    team BYTEA NOT NULL,
    measure BIGINT NOT NULL,
    span BIGINT NOT NULL,
    start BIGINT NOT NULL,
    why BIGINT NOT NULL,
    figure BYTEA NOT NULL,
    PRIMARY KEY (team, measure, span, start)
);
-- Of whom the figures of a week are that were given, by keyed tags.
CREATE TABLE team_cohorts (
    week BIGINT NOT NULL,
    team BYTEA NOT NULL,
    measure BIGINT NOT NULL,
    people BYTEA NOT NULL,
    PRIMARY KEY (week, team, measure)
);
-- What somebody has paid for noise in a week, by the same tags, in millionths.
CREATE TABLE team_epsilon (
    week BIGINT NOT NULL,
    tag BYTEA NOT NULL,
    spent BIGINT NOT NULL,
    PRIMARY KEY (week, tag)
);
