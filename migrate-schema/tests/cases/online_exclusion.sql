-- An exclusion constraint gets another definition: there is no way but in one transaction.
-- online
CREATE TABLE rooms (at int4range, CONSTRAINT no_overlap EXCLUDE USING gist (at WITH &&));
CREATE INDEX gone ON rooms (at);
-- rows
INSERT INTO rooms VALUES ('[1,2)');
-- becomes
CREATE TABLE rooms (at int4range, CONSTRAINT no_overlap EXCLUDE USING gist (at WITH &&) WHERE (NOT isempty(at)));
