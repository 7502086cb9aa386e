-- The schema is there: the history is in it.
CREATE TABLE audit_log.entries (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text        NOT NULL,
    action  text        NOT NULL
);

COMMENT ON TABLE audit_log.entries IS 'Who did what, and when.';
