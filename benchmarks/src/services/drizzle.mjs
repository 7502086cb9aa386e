// A service that migrates with drizzle-orm, as its documentation says.
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
try {
    await migrate(drizzle(pool), { migrationsFolder: process.argv[2] });
} catch (error) {
    for (let cause = error; cause; cause = cause.cause) {
        console.error(cause.message);
    }
    process.exitCode = 1;
} finally {
    await pool.end();
}
