-- The columns that an exclusion constraint has in an expression or in its predicate come and go with it.
CREATE TABLE r (a int);
CREATE TABLE s (a int);
CREATE TABLE u (a int, k int, EXCLUDE USING btree (abs(k) WITH =) WHERE (k > 0));
-- becomes
CREATE TABLE r (a int, k text, EXCLUDE USING btree (lower(k) WITH =));
CREATE TABLE s (a int, k int, EXCLUDE USING btree (a WITH =) WHERE (k > 0));
CREATE TABLE u (a int);
