-- A table inherits from now on, and another one no longer. That a column is not its own cannot be made afterwards.
-- pinned before PostgreSQL 18
-- named
CREATE TABLE parent (id int NOT NULL);
CREATE TABLE one (id int NOT NULL, a int);
CREATE TABLE other () INHERITS (parent);
-- becomes
CREATE TABLE parent (id int NOT NULL);
CREATE TABLE one (a int) INHERITS (parent);
CREATE TABLE other (id int NOT NULL);
