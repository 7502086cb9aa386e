-- hazard
CREATE TABLE t (code varchar(2));

-- hazard
ALTER TABLE t ADD code character varying(2);

-- fine
CREATE TABLE t (code varchar, b text);
