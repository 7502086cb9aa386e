-- A check that is inherited goes with its parent's name; the parts of an index have names of their own.
CREATE TABLE p (id int, at int, CONSTRAINT p_check CHECK (at > 0), CONSTRAINT p_key PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (1) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (at);
CREATE TABLE p_2_1 PARTITION OF p_2 FOR VALUES FROM (10) TO (15);
CREATE INDEX p_at ON p (at);
CREATE INDEX p_1_own ON p_1 (id);
ALTER INDEX p_1_at_idx RENAME TO p_1_at;
CREATE TABLE parent (x int CONSTRAINT positive CHECK (x > 0));
CREATE TABLE child (y int) INHERITS (parent);
CREATE TABLE other (x int CONSTRAINT same CHECK (x > 0));
CREATE TABLE heir_of_two () INHERITS (parent, other);
CREATE TABLE left_one (x int CONSTRAINT small CHECK (x < 9));
CREATE TABLE right_one (x int CONSTRAINT small CHECK (x < 9));
CREATE TABLE of_two () INHERITS (left_one, right_one);
-- rows
INSERT INTO p VALUES (1, 1), (2, 12);
INSERT INTO heir_of_two VALUES (1);
-- becomes
CREATE TABLE p (id int, at int, CONSTRAINT at_positive CHECK (at > 0), CONSTRAINT key_of_p PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (1) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (at);
CREATE TABLE p_2_1 PARTITION OF p_2 FOR VALUES FROM (10) TO (15);
CREATE INDEX at_of_p ON p (at);
CREATE INDEX own_of_p_1 ON p_1 (id);
ALTER INDEX p_1_at_idx RENAME TO at_of_p_1;
CREATE TABLE parent (x int CONSTRAINT above_zero CHECK (x > 0));
CREATE TABLE child (y int) INHERITS (parent);
CREATE TABLE other (x int CONSTRAINT same CHECK (x > 0));
CREATE TABLE heir_of_two () INHERITS (parent, other);
CREATE TABLE left_one (x int CONSTRAINT tiny CHECK (x < 9));
CREATE TABLE right_one (x int CONSTRAINT small CHECK (x < 9));
CREATE TABLE of_two () INHERITS (left_one, right_one);
