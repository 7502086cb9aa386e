-- A domain's checks, default and NOT NULL.
CREATE DOMAIN email AS text CONSTRAINT has_at CHECK (VALUE ~ '@');
CREATE TABLE t (email email);
-- rows
INSERT INTO t VALUES ('a@example.com');
-- becomes
CREATE DOMAIN email AS text DEFAULT 'nobody@example.com' NOT NULL CONSTRAINT has_at CHECK (VALUE ~ '.@.') CONSTRAINT is_short CHECK (length(VALUE) < 100);
CREATE TABLE t (email email);
