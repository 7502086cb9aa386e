-- hazard
DROP TRIGGER t ON users;

-- hazard
DROP POLICY p ON users;

-- fine
DROP TRIGGER t ON users;
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();

-- fine
CREATE TABLE users (id bigint);
DROP TRIGGER IF EXISTS t ON users;
