-- What differs from something new in its name alone gets that name: nothing is built again.
CREATE TABLE parent (id int CONSTRAINT parent_pkey PRIMARY KEY, code int CONSTRAINT code_once UNIQUE);
CREATE TABLE t (
    id int CONSTRAINT t_pkey PRIMARY KEY,
    x int CONSTRAINT a UNIQUE,
    y int CONSTRAINT positive CHECK (y > 0),
    parent int CONSTRAINT to_parent REFERENCES parent,
    code int CONSTRAINT to_code REFERENCES parent (code),
    during int4range,
    CONSTRAINT apart EXCLUDE USING gist (during WITH &&)
);
COMMENT ON CONSTRAINT a ON t IS 'one each';
COMMENT ON INDEX a IS 'its index';
CREATE INDEX y_index ON t (y) WHERE y > 7;
COMMENT ON INDEX y_index IS 'few';
CREATE STATISTICS x_y (ndistinct) ON x, y FROM t;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE t DISABLE TRIGGER noted;
CREATE CONSTRAINT TRIGGER "Later" AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION note();
CREATE POLICY mine ON t USING (x > 1);
CREATE RULE nothing AS ON DELETE TO t DO INSTEAD NOTHING;
CREATE DOMAIN small AS int CONSTRAINT below CHECK (VALUE < 10);
COMMENT ON CONSTRAINT below ON DOMAIN small IS 'digits';
ALTER TABLE parent REPLICA IDENTITY USING INDEX parent_pkey;
ALTER TABLE t CLUSTER ON a;
CREATE RULE upsert AS ON INSERT TO parent WHERE new.id < 0 DO INSTEAD INSERT INTO t (id, x) VALUES (new.id, 1) ON CONFLICT ON CONSTRAINT a DO NOTHING;
-- rows
INSERT INTO parent VALUES (1, 10);
INSERT INTO t VALUES (1, 2, 3, 1, 10, '[1,2)');
-- becomes
CREATE TABLE parent (id int CONSTRAINT parent_key PRIMARY KEY, code int CONSTRAINT code_key UNIQUE);
CREATE TABLE t (
    id int CONSTRAINT "T key" PRIMARY KEY,
    x int CONSTRAINT b UNIQUE,
    y int CONSTRAINT above_zero CHECK (y > 0),
    parent int CONSTRAINT of_parent REFERENCES parent,
    code int CONSTRAINT of_code REFERENCES parent (code),
    during int4range,
    CONSTRAINT disjoint EXCLUDE USING gist (during WITH &&)
);
COMMENT ON CONSTRAINT b ON t IS 'one each';
COMMENT ON INDEX b IS 'its index';
CREATE INDEX by_y ON t (y) WHERE y > 7;
COMMENT ON INDEX by_y IS 'few';
CREATE STATISTICS of_x_y (ndistinct) ON x, y FROM t;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER on_update BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE t DISABLE TRIGGER on_update;
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION note();
CREATE POLICY of_mine ON t USING (x > 1);
CREATE RULE nothing_happens AS ON DELETE TO t DO INSTEAD NOTHING;
CREATE DOMAIN small AS int CONSTRAINT a_digit CHECK (VALUE < 10);
COMMENT ON CONSTRAINT a_digit ON DOMAIN small IS 'digits';
ALTER TABLE parent REPLICA IDENTITY USING INDEX parent_key;
ALTER TABLE t CLUSTER ON b;
CREATE RULE upsert AS ON INSERT TO parent WHERE new.id < 0 DO INSTEAD INSERT INTO t (id, x) VALUES (new.id, 1) ON CONFLICT ON CONSTRAINT b DO NOTHING;
