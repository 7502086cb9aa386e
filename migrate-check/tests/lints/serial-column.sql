-- hazard
CREATE TABLE t (id bigserial);

-- hazard
ALTER TABLE t ADD n serial;

-- fine
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY);
