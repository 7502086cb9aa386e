-- hazard
ALTER TABLE rooms ADD EXCLUDE USING gist (during WITH &&);

-- fine
CREATE TABLE rooms (during tstzrange, EXCLUDE USING gist (during WITH &&));
