-- No two of them at the same time.
CREATE TABLE booking (id int PRIMARY KEY, during tsrange);
-- becomes
CREATE TABLE booking (id int PRIMARY KEY, during tsrange, CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&) WHERE (id > 0));
