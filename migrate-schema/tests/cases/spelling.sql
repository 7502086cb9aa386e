-- What PostgreSQL prints of an expression, and what it prints when that was read: the same schema in two spellings.
CREATE DOMAIN kind AS varchar(8) CONSTRAINT kind_known CHECK (VALUE IN ('a', 'b'));
CREATE TABLE a (
    x varchar(8) CONSTRAINT x_known CHECK (x IN ('a', 'b')),
    y varchar(8) CONSTRAINT y_other CHECK (y NOT IN ('a', 'b')),
    n numeric DEFAULT 0 CONSTRAINT n_between CHECK (n BETWEEN 1 AND 2 AND x IS NOT NULL),
    is_a boolean GENERATED ALWAYS AS (x IN ('a', 'b')) STORED,
    tags varchar[] DEFAULT coalesce(NULL::varchar[], ARRAY['a'::text]),
    EXCLUDE USING btree ((x IN ('a', 'b')) WITH =) WHERE (y IN ('c', 'd'))
);
CREATE INDEX a_known ON a ((x IN ('a', 'b'))) WHERE y IN ('c', 'd');
CREATE STATISTICS a_stats ON (x IN ('a', 'b')), n FROM a;
CREATE VIEW v AS SELECT x, x IN ('a', 'b') AS is_known FROM a WHERE EXISTS (SELECT 'x' FROM a b WHERE b.y IN ('c', 'd')) ORDER BY x, is_known;
CREATE MATERIALIZED VIEW m AS SELECT i AS one, i AS other FROM generate_series(1, 2) i WHERE i BETWEEN 1 AND 2 AND i <> 3 ORDER BY one, other;
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON a USING (x IN ('a', 'b')) WITH CHECK (y NOT BETWEEN 'a' AND 'b' OR n = 1);
CREATE FUNCTION f(k varchar, d boolean DEFAULT 'a'::varchar IN ('a', 'b')) RETURNS boolean LANGUAGE sql RETURN k IN ('a', 'b');
CREATE FUNCTION g() RETURNS varchar LANGUAGE sql BEGIN ATOMIC SELECT 'a'; END;
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW WHEN (NEW.x IN ('a', 'b')) EXECUTE FUNCTION t();
CREATE RULE r AS ON DELETE TO a WHERE OLD.x IN ('a', 'b') DO INSTEAD NOTHING;
CREATE TABLE p (x varchar, at timestamptz) PARTITION BY RANGE ((CASE WHEN x IN ('a', 'b') THEN 1 ELSE 2 END), at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1, '2026-01-01 00:00:00+00') TO (1, '2027-01-01 00:00:00+00');

-- becomes
CREATE DOMAIN kind AS varchar(8) CONSTRAINT kind_known CHECK ((VALUE)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]));
CREATE TABLE a (
    x varchar(8) CONSTRAINT x_known CHECK ((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])),
    y varchar(8) CONSTRAINT y_other CHECK ((y)::text <> ALL (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])),
    n numeric DEFAULT 0 CONSTRAINT n_between CHECK ((n >= (1)::numeric) AND (n <= (2)::numeric) AND (x IS NOT NULL)),
    is_a boolean GENERATED ALWAYS AS ((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])) STORED,
    tags varchar[] DEFAULT COALESCE(NULL::character varying[], ARRAY[('a'::text)::character varying]),
    EXCLUDE USING btree (((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])) WITH =)
        WHERE ((y)::text = ANY (ARRAY[('c'::character varying)::text, ('d'::character varying)::text]))
);
CREATE INDEX a_known ON a (((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))
    WHERE ((y)::text = ANY (ARRAY[('c'::character varying)::text, ('d'::character varying)::text]));
CREATE STATISTICS a_stats ON ((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])), n FROM a;
CREATE VIEW v AS SELECT x, ((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])) AS is_known FROM a
    WHERE EXISTS (SELECT 'x'::text AS text FROM a b WHERE ((b.y)::text = ANY (ARRAY[('c'::character varying)::text, ('d'::character varying)::text])))
    ORDER BY x, ((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]));
CREATE MATERIALIZED VIEW m AS SELECT i AS one, i AS other FROM generate_series(1, 2) i(i) WHERE ((i >= 1) AND (i <= 2) AND (i <> 3)) ORDER BY i;
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON a USING ((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))
    WITH CHECK (((y)::text < 'a'::text) OR ((y)::text > 'b'::text) OR (n = (1)::numeric));
CREATE FUNCTION f(k varchar, d boolean DEFAULT (('a'::character varying)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))
    RETURNS boolean LANGUAGE sql RETURN ((k)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]));
CREATE FUNCTION g() RETURNS varchar LANGUAGE sql BEGIN ATOMIC SELECT 'a'::text AS text; END;
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW
    WHEN (((new.x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))) EXECUTE FUNCTION t();
CREATE RULE r AS ON DELETE TO a
    WHERE ((old.x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])) DO INSTEAD NOTHING;
CREATE TABLE p (x varchar, at timestamptz) PARTITION BY RANGE ((
    CASE WHEN ((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])) THEN 1 ELSE 2 END), at);
SET timezone TO 'Asia/Tokyo';
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1, '2026-01-01 09:00:00') TO (1, '2027-01-01 09:00:00');
