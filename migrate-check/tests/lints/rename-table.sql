-- hazard
ALTER TABLE clients RENAME TO customers;

-- fine
ALTER TABLE clients RENAME TO customers;
CREATE VIEW clients AS SELECT * FROM customers;

-- fine
CREATE TABLE a (id bigint);
ALTER TABLE a RENAME TO b;
ALTER TABLE b RENAME TO c;

-- fine, down
ALTER TABLE customers RENAME TO clients;
