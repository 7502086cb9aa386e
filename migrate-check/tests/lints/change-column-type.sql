-- hazard
ALTER TABLE users ALTER id TYPE bigint;

-- hazard
ALTER TABLE users ALTER COLUMN name SET DATA TYPE text;

-- fine
CREATE TABLE users (id int);
ALTER TABLE users ALTER id TYPE bigint;

-- fine
CREATE TABLE users (name varchar(10), price numeric(5, 2), at timestamp(3));
-- then
ALTER TABLE users ALTER name TYPE varchar(20), ALTER price TYPE numeric(7, 2), ALTER at TYPE timestamp;

-- fine
CREATE TABLE users (name character varying(10));
-- then
ALTER TABLE users RENAME TO people;
ALTER TABLE people RENAME name TO called;
-- then
ALTER TABLE people ALTER called TYPE text USING called::text;

-- fine
CREATE TABLE users (names varchar(20)[], prices numeric(5, 2)[]);
-- then
ALTER TABLE users ALTER names TYPE varchar[], ALTER prices TYPE numeric[];

-- hazard
CREATE TABLE users (names varchar(10)[]);
-- then
ALTER TABLE users ALTER names TYPE varchar(20)[];

-- hazard
CREATE TABLE users (name varchar(20));
-- then
ALTER TABLE users ALTER name TYPE varchar(10);

-- hazard
CREATE TABLE users (name varchar(10));
-- then
ALTER TABLE users DROP name;
-- then
ALTER TABLE users ALTER name TYPE varchar(20);

-- hazard
CREATE TABLE users (name varchar(10));
-- then
ALTER TABLE users ALTER name TYPE text USING upper(name);

-- hazard
CREATE TABLE IF NOT EXISTS users (name varchar(10));
-- then
ALTER TABLE users ALTER name TYPE text;

-- hazard
ALTER TABLE users ADD COLUMN n int;
-- then
ALTER TABLE users ALTER n TYPE bigint;

-- fine
ALTER FOREIGN TABLE users ALTER id TYPE bigint;

-- fine
CREATE FOREIGN TABLE users (id int) SERVER s;
-- then
ALTER TABLE users ALTER id TYPE bigint;
