// Which client is tested?

import { createRequire } from "node:module";

/** The file that servers hand out, as `require` sees it. */
export const Omnibus = createRequire(import.meta.url)("../../dist/omnibus.umd.js");
