-- hazard
DROP FUNCTION f(int), g;

-- hazard
DROP PROCEDURE p;

-- fine
DROP FUNCTION f(int);
CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;

-- fine, down
DROP FUNCTION f;
