-- A key in use is not dropped and built again for the sake of its name.
-- online
CREATE TABLE t (x int CONSTRAINT a UNIQUE, y int CONSTRAINT t_y_check CHECK (y > 0));
CREATE INDEX on_y ON t (y);
-- rows
INSERT INTO t VALUES (1, 1);
-- becomes
CREATE TABLE t (x int CONSTRAINT b UNIQUE, y int CONSTRAINT positive CHECK (y > 0));
CREATE INDEX by_y ON t (y);
