-- A value goes from an enum that is a partition key.
-- online
CREATE TYPE state AS ENUM ('open', 'closed', 'gone');
CREATE TABLE p (id int, s state) PARTITION BY LIST (s);
CREATE TABLE p_open PARTITION OF p FOR VALUES IN ('open');
CREATE TABLE p_closed PARTITION OF p FOR VALUES IN ('closed');
-- becomes
CREATE TYPE state AS ENUM ('open', 'closed');
CREATE TABLE p (id int, s state) PARTITION BY LIST (s);
CREATE TABLE p_open PARTITION OF p FOR VALUES IN ('open');
CREATE TABLE p_closed PARTITION OF p FOR VALUES IN ('closed');
