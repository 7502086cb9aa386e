-- A name is free before something else gets it.
-- pinned from PostgreSQL 16
CREATE TABLE base (id int);
CREATE TABLE thing (id int);
-- becomes
CREATE TABLE base (id int);
CREATE VIEW thing AS SELECT id FROM base;
