-- hazard
CREATE INDEX i ON users (app.plain(email));
-- then
CREATE OR REPLACE FUNCTION app.plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';

-- hazard
CREATE TABLE users (email text, plain text GENERATED ALWAYS AS (plain(email)) STORED);
-- then
CREATE OR REPLACE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';

-- hazard
ALTER TABLE users ADD CONSTRAINT c CHECK (is_plain(email));
-- then
CREATE OR REPLACE FUNCTION is_plain(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';

-- fine
CREATE INDEX i ON users (app.plain(email));
-- then
DROP INDEX app.i, i;
-- then
CREATE OR REPLACE FUNCTION app.plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';

-- fine
CREATE OR REPLACE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
