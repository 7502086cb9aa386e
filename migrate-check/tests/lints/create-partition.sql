-- hazard
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);

-- fine
CREATE TABLE events (n int) PARTITION BY LIST (n);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
