-- What each tenant has for itself. No schema is named: it is that of whichever tenant has its turn.

CREATE TABLE notes (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body        text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
