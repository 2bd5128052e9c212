// What does a client call itself?

/** Makes a random identifier, a UUID of version 4 (RFC 9562, section 5.4). */
export function identifier(): string {
  const bytes = randomBytes();
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const digits = Array.from(bytes, byte => (byte + 256).toString(16).slice(1)).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(16);
  // Node 18 has no global `crypto`; an identifier is a name there, and no secret anywhere.
  return typeof crypto === "object" ? crypto.getRandomValues(bytes) : bytes.map(() => Math.random() * 256);
}
