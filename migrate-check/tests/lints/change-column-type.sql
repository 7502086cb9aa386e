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

-- hazard
CREATE TABLE users (id int, name varchar(20));
CREATE INDEX users_name ON users (lower(name));
-- then
ALTER TABLE users ALTER name TYPE text;

-- hazard
CREATE TABLE users (id int, name varchar(20));
CREATE INDEX users_id ON users (id) WHERE name IS NOT NULL;
-- then
ALTER TABLE users ALTER name TYPE text;

-- hazard
CREATE TABLE files (owner int PRIMARY KEY);
-- then
ALTER TABLE files ALTER owner TYPE oid;

-- fine
CREATE TABLE files (id int PRIMARY KEY, owner int);
-- then
ALTER TABLE files ALTER owner TYPE oid;
ALTER TABLE files ALTER owner TYPE regclass USING owner::regclass;

-- fine
CREATE TABLE users (name varchar(20) COLLATE "C");
CREATE INDEX users_name ON users (name);
-- then
ALTER TABLE users ALTER name TYPE text COLLATE "C";

-- hazard
CREATE TABLE users (name varchar(20) COLLATE "C");
CREATE INDEX users_name ON users (name);
-- then
ALTER TABLE users ALTER name TYPE text;

-- fine
CREATE TABLE users (name varchar(20));
-- then
ALTER TABLE users RENAME TO people;
ALTER TABLE people ALTER name TYPE text;

-- fine
CREATE DOMAIN words AS text;
CREATE TABLE users (name varchar(20));
-- then
ALTER TABLE users ALTER name TYPE words;

-- hazard
CREATE DOMAIN short AS varchar(20);
CREATE TABLE users (name short);
-- then
ALTER TABLE users ALTER name TYPE varchar(20);
