-- hazard
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users;

-- hazard
ALTER TABLE orders ADD COLUMN user_id bigint DEFAULT 1 REFERENCES users;

-- fine
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users NOT VALID;

-- fine
ALTER TABLE orders ADD COLUMN user_id bigint REFERENCES users;

-- fine
CREATE TABLE orders (user_id bigint REFERENCES users);

-- fine
CREATE TABLE orders (user_id bigint);
ALTER TABLE ONLY orders ADD FOREIGN KEY (user_id) REFERENCES users;
