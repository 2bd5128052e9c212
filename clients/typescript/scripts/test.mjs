// Which tests are there, and what do they need?
//
// `npm test` runs all of them: those in tests/unit need nothing but a build, those in
// tests/foreign the peers that the variables below name. `npm run test:unit` runs the former.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = [
  "OMNIBUS_TEST_NODE_MODULES",
  "OMNIBUS_TEST_ORIGINAL_STATIC",
  "OMNIBUS_TEST_PYTHON",
  "OMNIBUS_TEST_BINARIES",
];

/** A test that waits for ever fails. */
const TIME_MAX_MS = 300_000;

const tests = fileURLToPath(new URL("../tests", import.meta.url));
const folders = process.argv.slice(2);
const chosen = folders.length ? folders : ["unit", "foreign"];

const missing = NEEDED.filter(name => !process.env[name]);
if (chosen.includes("foreign") && missing.length) {
  console.error(`${missing.join(", ")} must be set: \`cargo xtask setup --print-env\` prints them, OMNIBUS_TEST_BINARIES is the folder with omnibusd; or run \`npm run test:unit\``);
  process.exit(1);
}

const files = chosen.flatMap(folder =>
  readdirSync(join(tests, folder))
    .filter(name => name.endsWith(".test.mjs"))
    .map(name => join(tests, folder, name)),
);
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit", timeout: TIME_MAX_MS });
process.exit(status ?? 1);
