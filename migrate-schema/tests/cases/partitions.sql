-- A partition comes, another one goes, and the index is on all of them.
CREATE TABLE measurement (id int, taken date NOT NULL, value float8) PARTITION BY RANGE (taken);
CREATE TABLE measurement_2023 PARTITION OF measurement FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE measurement_2024 PARTITION OF measurement FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- rows
INSERT INTO measurement VALUES (1, '2024-05-05', 1.5);
-- becomes
CREATE TABLE measurement (id int, taken date NOT NULL, value float8, PRIMARY KEY (id, taken)) PARTITION BY RANGE (taken);
CREATE TABLE measurement_2024 PARTITION OF measurement FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE measurement_2025 PARTITION OF measurement FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE measurement_else PARTITION OF measurement DEFAULT;
CREATE INDEX measurement_value ON measurement (value);
