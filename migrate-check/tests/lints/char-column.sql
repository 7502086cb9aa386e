-- hazard
CREATE TABLE t (code char(2));

-- hazard
CREATE TABLE t (code character);

-- fine
CREATE TABLE t (code "char", b varchar(2), c text);
