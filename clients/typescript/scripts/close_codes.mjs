// How do the rows of spec/close-codes.toml become src/close_codes.ts?
//
// `npm run generate` writes the file; the tests compare it with what is generated.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const rows = new URL("../../../spec/close-codes.toml", import.meta.url);
export const target = new URL("../src/close_codes.ts", import.meta.url);

const KEYS = new Set(["name", "code", "reason", "reconnect", "reconnect_after_ms"]);

/** Reads the few forms of TOML that the file uses, and refuses all others. */
export function parse(text) {
  const closes = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line === "[[close]]") {
      closes.push({});
      continue;
    }
    const [, key, value] = /^([a-z_]+) = (".*"|\d[\d_]*|true|false)$/.exec(line) || [];
    if (KEYS.has(key) && closes.length > 0) {
      closes[closes.length - 1][key] = JSON.parse(value.startsWith('"') ? value : value.replaceAll("_", ""));
    } else if (line !== "" && !line.startsWith("#")) {
      throw new Error(`line ${at + 1} of close-codes.toml is none that can be read: ${line}`);
    }
  }
  return closes;
}

/** Returns the text of src/close_codes.ts. */
export function generate() {
  const closes = parse(readFileSync(rows, "utf8"));
  const lines = closes.map(({ name, code, reason, reconnect, reconnect_after_ms }) => {
    if (![code, reason, reconnect].every(value => value !== undefined) || reconnect !== (reconnect_after_ms !== undefined)) {
      throw new Error(`close ${name} is incomplete: ${JSON.stringify({ code, reason, reconnect, reconnect_after_ms })}`);
    }
    const after = reconnect ? `, ${reconnect_after_ms}` : "";
    return `  /* ${name} */ [${code}, ${JSON.stringify(reason)}${after}],\n`;
  });
  return `// Why does a server close a connection?
//
// Generated from spec/close-codes.toml by \`npm run generate\`; edit that file instead.

/** Code, reason, and after how many milliseconds to come back; without them, never. */
export const CLOSES: readonly (readonly [code: number, reason: string, afterMs?: number])[] = [
${lines.join("")}];
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(target, generate());
}
