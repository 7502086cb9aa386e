-- Serial columns, small and big, come and go.
CREATE TABLE t (a smallserial, b int NOT NULL);
-- becomes
CREATE TABLE t (a smallint NOT NULL, b serial);
CREATE TABLE u (id bigserial PRIMARY KEY);
