-- hazard
ALTER TABLE users ADD PRIMARY KEY (id);

-- fine
ALTER TABLE users ADD CONSTRAINT k PRIMARY KEY USING INDEX k;

-- fine
CREATE TABLE users (id bigint);
ALTER TABLE users ADD PRIMARY KEY (id);
