-- Names that take quotes, everywhere.
CREATE TABLE "Order Item" ("Id" int PRIMARY KEY, "select" text);
-- rows
INSERT INTO "Order Item" VALUES (1, 'x');
-- becomes
CREATE TYPE "Kind Of" AS ENUM ('A b', 'c"d');
CREATE TABLE "Order Item" ("Id" bigint PRIMARY KEY, "select" text DEFAULT 'it''s', "a""b" "Kind Of", CONSTRAINT "is ok" CHECK ("Id" > 0));
CREATE INDEX "By Select" ON "Order Item" ("select");
COMMENT ON COLUMN "Order Item"."a""b" IS 'quoted';
