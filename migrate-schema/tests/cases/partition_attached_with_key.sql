-- A partition of another year is built as a plain table, and has what the key of the whole implies.
CREATE TABLE ev (id bigint, at date, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE ev_26 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ev_a ON ev (kind);
CREATE INDEX ev_b ON ev (kind) WHERE kind IS NOT NULL;
-- rows
INSERT INTO ev VALUES (1, '2026-05-05', 'a');
-- becomes
CREATE TABLE ev (id bigint, at date, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE ev_26 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ev_a ON ev (kind);
CREATE INDEX ev_b ON ev (kind) WHERE kind IS NOT NULL;
CREATE TABLE ev_27 PARTITION OF ev FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
