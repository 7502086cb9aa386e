-- hazard
ALTER TYPE mood RENAME TO feeling;

-- hazard
ALTER TYPE mood RENAME VALUE 'a' TO 'b';

-- hazard
ALTER SCHEMA app RENAME TO main;

-- hazard
ALTER FUNCTION f(int) RENAME TO g;

-- hazard
ALTER VIEW v RENAME TO w;

-- fine
ALTER INDEX a RENAME TO b;

-- fine
CREATE TYPE mood AS ENUM ('a');
ALTER TYPE mood RENAME TO feeling;
