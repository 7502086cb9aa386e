CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION btree_gist; CREATE EXTENSION ltree;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN email AS text NOT NULL CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b text, m mood);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE types (i2 int2, i4 int4, i8 int8, nu numeric, n52 numeric(5,2), n10 numeric(10,0), f4 float4, f8 float8, mo money, bo bool,
 te text, vc varchar(3), vcl varchar, ch char(4), c1 "char", na name, by bytea, uu uuid, js json, jb jsonb, xm xml, da date, ti time, t0 time(0), tz timetz,
 ts timestamp, ts0 timestamp(0), tstz timestamptz, iv interval, ivd interval day to second(3), ine inet, ci cidr, ma macaddr, m8 macaddr8, po point, li line, ls lseg, bx box, pa path, pl polygon, cc circle,
 b1 bit, b8 bit(8), vb bit varying, vb5 bit varying(5), tv tsvector, tq tsquery, oi oid, rc regclass, rt regtype, rr regrole, rn regnamespace, rcf regconfig, ls_ pg_lsn, ps pg_snapshot, jp jsonpath, x8 xid8, xi xid, cd cid, td tid,
 r4 int4range, r8 int8range, rnu numrange, rts tsrange, rtz tstzrange, rd daterange, m4 int4multirange, sp span, spm span_multirange, en mood, em email, ps_ positive, pr pair,
 ai int[], at text[], ae mood[], ad positive[], ap pair[], an numeric(6,2)[], ar int4range[], av varchar(3)[], ct citext, hs hstore, lt ltree, rcu refcursor, ov oidvector, iv2 int2vector, acl aclitem);
CREATE TABLE "Users" ("Id" serial PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email LIKE '%@%'), status text NOT NULL DEFAULT 'new' CHECK (status IN ('new','old')), boss int REFERENCES "Users", age int CHECK (age BETWEEN 18 AND 120), code char(3) NOT NULL CHECK (code ~ '^[A-Z]{3}$'), lower_email text GENERATED ALWAYS AS (lower(email)) STORED);
CREATE TABLE teams (tenant int, id bigint GENERATED ALWAYS AS IDENTITY, name text, lead int REFERENCES "Users", PRIMARY KEY (tenant, id), UNIQUE (name));
CREATE TABLE members (tenant int, team bigint, usr int REFERENCES "Users" ON DELETE CASCADE, role mood NOT NULL, PRIMARY KEY (tenant, team, usr), FOREIGN KEY (tenant, team) REFERENCES teams);
CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
CREATE TABLE tree (id uuid PRIMARY KEY, parent uuid NOT NULL REFERENCES tree);
CREATE TABLE booking (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE prices (lo numeric(8,2) NOT NULL, hi numeric(8,2) NOT NULL, cur text NOT NULL, kind text, note text, CHECK (lo < hi), CHECK (lo >= 0), CHECK (char_length(cur) = 3), CHECK ((kind IS NULL) <> (note IS NULL)));
CREATE TABLE ev (id bigserial, at date NOT NULL, kind text NOT NULL, usr int REFERENCES "Users", PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE ev_26 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE ev_27 PARTITION OF ev FOR VALUES FROM ('2027-01-01') TO ('2028-01-01') PARTITION BY RANGE (at);
CREATE TABLE ev_27a PARTITION OF ev_27 FOR VALUES FROM (MINVALUE) TO ('2027-03-01');
CREATE TABLE ev_27d PARTITION OF ev_27 DEFAULT;
CREATE TABLE ev_d PARTITION OF ev DEFAULT;
CREATE TABLE hp (k int, v text) PARTITION BY HASH (k); CREATE TABLE hp0 PARTITION OF hp FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE hp1 PARTITION OF hp FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE ex (v text) PARTITION BY LIST (lower(v)); CREATE TABLE ex1 PARTITION OF ex FOR VALUES IN ('abc');
CREATE TABLE refev (id bigint, at date, FOREIGN KEY (id, at) REFERENCES ev);
CREATE TABLE parent (p int NOT NULL CHECK (p > 5)); CREATE TABLE child (c text) INHERITS (parent);
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF TG_TABLE_NAME = 'guarded' THEN RAISE 'no'; END IF; INSERT INTO log VALUES (TG_NAME); RETURN NEW; END$$;
CREATE TABLE guarded (id int PRIMARY KEY); CREATE TRIGGER g BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE guarded ENABLE ALWAYS TRIGGER g;
CREATE TABLE heeded (id int); CREATE TRIGGER h BEFORE INSERT ON heeded FOR EACH ROW EXECUTE FUNCTION note();
CREATE TABLE secured (id int); ALTER TABLE secured ENABLE ROW LEVEL SECURITY; ALTER TABLE secured FORCE ROW LEVEL SECURITY; CREATE POLICY p ON secured USING (false);
CREATE TABLE ruled (id int); CREATE RULE r AS ON INSERT TO ruled DO INSTEAD NOTHING; CREATE RULE u AS ON UPDATE TO ruled DO ALSO NOTHING;
CREATE TABLE circle_1 (id int PRIMARY KEY, o int NOT NULL); CREATE TABLE circle_2 (id int PRIMARY KEY, o int NOT NULL REFERENCES circle_1 DEFERRABLE INITIALLY DEFERRED); ALTER TABLE circle_1 ADD FOREIGN KEY (o) REFERENCES circle_2 DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE none ();
CREATE TABLE wide (a int NOT NULL, b int NOT NULL, c int NOT NULL, d int NOT NULL, e int NOT NULL, f text, g text, h text, CHECK (a < b), CHECK (b < c), CHECK (c < d), CHECK (d <> e), CHECK (num_nonnulls(f, g, h) = 1), CHECK (a + length(coalesce(f, '')) >= 0));
CREATE TABLE over (a int NOT NULL, twice int GENERATED ALWAYS AS (a * 2) STORED, CHECK (twice > 4));
CREATE TABLE deferred_unique (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE only_true (b bool PRIMARY KEY DEFAULT true CHECK (b));
CREATE VIEW v AS SELECT * FROM log;
CREATE MATERIALIZED VIEW mv AS SELECT count(*) FROM "Users";
