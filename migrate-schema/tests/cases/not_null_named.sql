-- From PostgreSQL 18 on a NOT NULL has a name, and may be unchecked, or kept from those that inherit.
-- from PostgreSQL 18
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int CONSTRAINT b_nn NOT NULL, c int NOT NULL, d int, e int NOT NULL, f int);
ALTER TABLE t ALTER CONSTRAINT t_e_not_null NO INHERIT;
ALTER TABLE t ADD CONSTRAINT f_nn NOT NULL f NOT VALID;
-- rows
INSERT INTO t VALUES (1, 1, 1, 1, 1, 1, 1);
-- becomes
CREATE TABLE t (id int CONSTRAINT t_nn NOT NULL, a int CONSTRAINT a_nn NOT NULL, b int CONSTRAINT b_nn NOT NULL NO INHERIT, c int NOT NULL,
    d int CONSTRAINT d_nn NOT NULL, e int NOT NULL, f int CONSTRAINT f_nn NOT NULL, CONSTRAINT t_pkey PRIMARY KEY (id));
ALTER TABLE t DROP CONSTRAINT t_c_not_null;
ALTER TABLE t ADD CONSTRAINT t_c_not_null NOT NULL c NOT VALID;
COMMENT ON CONSTRAINT a_nn ON t IS 'always there';
CREATE TABLE new (id int CONSTRAINT new_nn NOT NULL GENERATED ALWAYS AS IDENTITY, "A b" int CONSTRAINT "New nn" NOT NULL, c int);
ALTER TABLE new ADD CONSTRAINT c_nn NOT NULL c NO INHERIT NOT VALID;
