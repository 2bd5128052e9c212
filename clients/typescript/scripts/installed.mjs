// Where are the tools that package.json pins?

import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const own = fileURLToPath(new URL("../node_modules", import.meta.url));

/** The folder `node_modules`: here after `npm ci`, or where the test command has installed it. */
export const modules = process.env.OMNIBUS_TEST_TYPESCRIPT_MODULES ?? own;

const require = createRequire(join(modules, "here.js"));

/** Loads an installed module. */
export function installed(name) {
  return require(join(modules, name));
}
