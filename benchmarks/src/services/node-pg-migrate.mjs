// A service that migrates with node-pg-migrate, as its documentation says.
import { runner } from "node-pg-migrate";

try {
    await runner({
        databaseUrl: process.env.DATABASE_URL,
        dir: process.argv[2],
        direction: "up",
        migrationsTable: "pgmigrations",
        ...(process.env.OPTION === "checkOrder: false" && { checkOrder: false }),
        ...(process.env.OPTION === 'advisoryLockMode: "wait"' && { advisoryLockMode: "wait" }),
    });
} catch (error) {
    for (let cause = error; cause; cause = cause.cause) {
        console.error(cause.message);
    }
    process.exitCode = 1;
}
