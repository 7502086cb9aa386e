-- SQL that the parser does not know: each needs `-- migrate: unchecked, <reason>`.

COPY a FROM '/x' DELIMITERS ',' WITH NULL AS ''

SELECT 'a'
    'b' -- and
    'c', E'\''
    '\''

ALTER USER MAPPING FOR USER SERVER a OPTIONS (SET password 'b')
