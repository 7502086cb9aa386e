-- A table and its columns at once: by the new name of the table, by the old one, and by both.
-- pinned before PostgreSQL 18
-- rename cust=customer
-- rename customer.nm=full_name
-- rename cust.no=number
-- rename orders.cust=purchases.customer
CREATE TABLE cust (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, nm text UNIQUE, no serial);
CREATE TABLE orders (id bigserial PRIMARY KEY, cust int REFERENCES cust);
CREATE INDEX ON orders (cust);
CREATE VIEW names AS SELECT nm FROM cust;
-- rows
INSERT INTO cust (nm) VALUES ('Ada');
INSERT INTO orders (cust) VALUES (1);
-- becomes
CREATE TABLE customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, full_name text UNIQUE, number serial);
CREATE TABLE purchases (id bigserial PRIMARY KEY, customer int REFERENCES customer);
CREATE INDEX ON purchases (customer);
CREATE VIEW names AS SELECT full_name AS nm FROM customer;
