-- A check gets another condition, of a plain table, of one that others inherit, and of a partitioned one.
-- online
CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0));
CREATE TABLE heir () INHERITS (t);
CREATE TABLE whole (a int CONSTRAINT w CHECK (a > 0)) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
-- rows
INSERT INTO t VALUES (1);
INSERT INTO whole VALUES (1);
-- becomes
CREATE TABLE t (a int CONSTRAINT c CHECK (a >= 0));
CREATE TABLE heir () INHERITS (t);
CREATE TABLE whole (a int CONSTRAINT w CHECK (a >= 0), CONSTRAINT fresh CHECK (a < 10)) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
