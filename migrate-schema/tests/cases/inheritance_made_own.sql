-- What a table only inherits becomes its own too, without a look at its rows; there is no statement for the way back.
-- one way
CREATE TABLE a (x int NOT NULL, y text DEFAULT 'a', CONSTRAINT positive CHECK (x > 0));
CREATE TABLE b (z int);
CREATE TABLE h (z int) INHERITS (a, b);
CREATE TABLE below () INHERITS (h);
-- rows
INSERT INTO h VALUES (1, 'one', 2);
INSERT INTO below VALUES (2, 'two', 3);
-- becomes
CREATE TABLE a (x int NOT NULL, y text DEFAULT 'a', CONSTRAINT positive CHECK (x > 0));
CREATE TABLE b (z int);
CREATE TABLE h (x int NOT NULL, y text DEFAULT 'h', z int, CONSTRAINT positive CHECK (x > 0)) INHERITS (a, b);
CREATE TABLE below () INHERITS (h);
