-- hazard
ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES IN (1);

-- fine
CREATE TABLE events_1 (LIKE events);
ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES IN (1);
