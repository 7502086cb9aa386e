-- Names with quotes, dots, letters of other scripts and line ends.
-- pinned from PostgreSQL 16
CREATE SCHEMA "my ""schema"".x";
CREATE TABLE "my ""schema"".x"."tä.ble
two" ("col""umn" int, "ß" text DEFAULT 'it''s', CONSTRAINT "c
k" CHECK ("col""umn" > 0));
CREATE INDEX "i"".x" ON "my ""schema"".x"."tä.ble
two" ("ß");
-- rows
INSERT INTO "my ""schema"".x"."tä.ble
two" VALUES (2, 'a');
-- becomes
CREATE SCHEMA "my ""schema"".x";
CREATE TYPE "my ""schema"".x"."En um" AS ENUM ('a''b', 'c"d', E'new\nline', '\');
CREATE TABLE "my ""schema"".x"."tä.ble
two" ("col""umn" bigint NOT NULL, "ß" text DEFAULT E'a\\b' COLLATE "C", "日本" "my ""schema"".x"."En um" DEFAULT 'a''b', CONSTRAINT "c
k" CHECK ("col""umn" > 1));
CREATE UNIQUE INDEX "i"".x" ON "my ""schema"".x"."tä.ble
two" ("ß" DESC, "日本") WHERE "日本" <> E'new\nline';
COMMENT ON TABLE "my ""schema"".x"."tä.ble
two" IS E'it''s\n-- not a comment; \\ ';
COMMENT ON COLUMN "my ""schema"".x"."tä.ble
two"."col""umn" IS 'x';
CREATE VIEW "my ""schema"".x"."v ""iew" AS SELECT "col""umn" AS "a ""b" FROM "my ""schema"".x"."tä.ble
two";
CREATE FUNCTION "my ""schema"".x"."f ""n"("a ""rg" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT SELECT ON "my ""schema"".x"."v ""iew" TO migrate_test_reader;
CREATE TRIGGER "tr ""g" BEFORE UPDATE ON "my ""schema"".x"."tä.ble
two" FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
