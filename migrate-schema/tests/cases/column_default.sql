-- Another default, none, and a first one.
CREATE TABLE t (a int DEFAULT 1, b text DEFAULT 'b', c timestamptz);
-- rows
INSERT INTO t DEFAULT VALUES;
-- becomes
CREATE TABLE t (a int DEFAULT 2, b text, c timestamptz DEFAULT now());
