-- hazard
CREATE INDEX i ON events (kind);
-- then
ALTER TABLE events ATTACH PARTITION events_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- hazard
ALTER TABLE events ADD PRIMARY KEY (id, at);
ALTER TABLE events ATTACH PARTITION events_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- fine
CREATE INDEX i ON events (kind);
CREATE INDEX j ON events_27 (kind);
-- then
ALTER TABLE events ATTACH PARTITION events_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- fine
ALTER TABLE events ATTACH PARTITION events_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- fine
CREATE TABLE events (at date, kind text);
CREATE INDEX events_kind ON events (kind);
-- then
ALTER TABLE events RENAME TO events_26;
CREATE TABLE events (at date, kind text) PARTITION BY RANGE (at);
CREATE INDEX events_kind_of_all ON events (kind);
ALTER TABLE events ATTACH PARTITION events_26 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- hazard
CREATE TABLE events (at date, kind text);
-- then
ALTER TABLE events RENAME TO events_26;
CREATE TABLE events (at date, kind text) PARTITION BY RANGE (at);
CREATE INDEX events_kind_of_all ON events (kind);
ALTER TABLE events ATTACH PARTITION events_26 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- fine
CREATE TABLE events (at date, kind text) PARTITION BY RANGE (at);
CREATE INDEX ON events (kind);
CREATE TABLE events_27 (LIKE events INCLUDING ALL);
-- then
ALTER TABLE events ATTACH PARTITION events_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- hazard
CREATE TABLE events (at date, kind text) PARTITION BY RANGE (at);
CREATE INDEX ON events (kind);
CREATE TABLE events_27 (LIKE events INCLUDING ALL EXCLUDING INDEXES);
-- then
ALTER TABLE events ATTACH PARTITION events_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- fine
CREATE TABLE events (at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_27 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- then
CREATE INDEX events_kind ON events (kind);
-- then
ALTER TABLE events DETACH PARTITION events_27;
-- then
ALTER TABLE events ATTACH PARTITION events_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- hazard
CREATE INDEX j ON events_27 (kind);
CREATE INDEX i ON events (kind);
-- then
ALTER TABLE events_27 DROP COLUMN kind;
ALTER TABLE events ATTACH PARTITION events_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
