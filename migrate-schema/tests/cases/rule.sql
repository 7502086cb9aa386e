-- A rule on a table.
CREATE TABLE t (a int);
CREATE TABLE log (a int);
-- becomes
CREATE TABLE t (a int);
CREATE TABLE log (a int);
CREATE RULE keep AS ON INSERT TO t WHERE NEW.a > 0 DO ALSO INSERT INTO log VALUES (NEW.a);
