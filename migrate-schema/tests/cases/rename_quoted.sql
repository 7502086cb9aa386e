-- Asked for: names in quotes, with dots and equals signs in them, and with quotes that they need not have.
-- pinned before PostgreSQL 18
-- rename "Per.son"."full=name"="Name"
-- rename "purchase"="order"
-- rename public."a""b"=ab
CREATE TABLE "Per.son" (id int PRIMARY KEY, "full=name" text);
CREATE TABLE purchase (id int CONSTRAINT purchase_pkey PRIMARY KEY);
CREATE TABLE "a""b" (id int);
-- rows
INSERT INTO "Per.son" VALUES (1, 'Ada');
INSERT INTO purchase VALUES (1);
-- becomes
CREATE TABLE "Per.son" (id int PRIMARY KEY, "Name" text);
CREATE TABLE "order" (id int CONSTRAINT purchase_pkey PRIMARY KEY);
CREATE TABLE ab (id int);
