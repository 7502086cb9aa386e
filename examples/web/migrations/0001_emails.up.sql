-- What the web service takes in and the worker sends.

CREATE TABLE emails (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient  text        NOT NULL,
    body       text        NOT NULL,
    queued_at  timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,
    sent_by    text,

    CONSTRAINT emails_recipient_is_an_address CHECK (recipient ~ '^[^@\s]+@[^@\s]+$'),
    CONSTRAINT emails_sent_by_somebody CHECK ((sent_at IS NULL) = (sent_by IS NULL))
);

COMMENT ON TABLE emails IS 'Mail that is to be sent, and that was.';
COMMENT ON COLUMN emails.sent_by IS 'The worker that has sent it.';
