-- Sequences, and whom they belong to.
CREATE SEQUENCE counter;
CREATE TABLE t (id int);
-- becomes
CREATE SEQUENCE counter INCREMENT BY 2 MINVALUE 10 MAXVALUE 1000 CYCLE;
CREATE TABLE t (id int);
CREATE SEQUENCE owned AS int OWNED BY t.id;
