CREATE TABLE orders (
    id        bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item      text    NOT NULL,
    -- A table of the library's: its migrations come first.
    placed_by bigint  NOT NULL REFERENCES audit_log.entries (id)
);

CREATE INDEX orders_placed_by_idx ON orders (placed_by);
