-- Asked for: a column keeps its values.
-- rename customer.mail=email
-- pinned from PostgreSQL 16
CREATE TABLE customer (id int PRIMARY KEY, mail text);
CREATE INDEX customer_mail ON customer (mail);
CREATE VIEW mails AS SELECT mail FROM customer;
-- rows
INSERT INTO customer VALUES (1, 'a@example.com');
-- becomes
CREATE TABLE customer (id int PRIMARY KEY, email text NOT NULL);
CREATE INDEX customer_mail ON customer (email);
CREATE VIEW mails AS SELECT email AS mail FROM customer;
