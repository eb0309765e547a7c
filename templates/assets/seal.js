// JB-SEAL-1 in the browser, by WebCrypto alone: the words of the format are in docs/seal.md, the same code in Rust in src/outside/seal.
// A library: it touches no page, sends nothing, and throws SealFault, whose codes the catalogues know.
const FORMAT = "JB-SEAL-1";
const SUITE = "P256-HKDF-SHA256-AES256GCM";
const CHUNK = 65536;
const TAG = 16;
const ITERATIONS = 600000;
const NO_HASH = "0".repeat(64);
const { subtle } = crypto;

export class SealFault extends Error {
  constructor(code, facts = {}) {
    super(`${code} ${JSON.stringify(facts)}`);
    this.code = code;
    this.facts = facts;
  }
}
const fail = (code, facts) => {
  throw new SealFault(code, facts);
};

// Bytes and text.
const utf8 = (text) => new TextEncoder().encode(text);
const join = (...parts) => {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
const u32 = (n) => new Uint8Array([n >>> 24, n >>> 16, n >>> 8, n]);
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
export const b64 = (bytes) =>
  btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
export const unb64 = (text) => {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    if (b64(bytes) === text) return bytes;
  } catch {
    // Told below.
  }
  return fail("seal_format", { what: "base64url" });
};
const random = (n) => crypto.getRandomValues(new Uint8Array(n));

/** RFC 8785 for strings, whole numbers, booleans, null, lists and objects. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    return `{${Object.keys(value).sort().map((k) => `${JSON.stringify(k)}:${canonical(value[k])}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) fail("seal_format", { what: "number" });
  if (typeof value === "string" && /[\ud800-\udfff]/u.test(value)) fail("seal_format", { what: "text" });
  return JSON.stringify(value) ?? fail("seal_format", { what: "value" });
}
const bytesOf = (value) => utf8(canonical(value));

// SHA-256 over pieces (FIPS 180-4), because WebCrypto's wants everything at once and a file may be large.
const K = (() => {
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const part = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32);
  return { first: primes.slice(0, 8).map((p) => part(Math.sqrt(p))), round: Int32Array.from(primes, (p) => part(Math.cbrt(p))) };
})();

export class Sha256 {
  #h = Int32Array.from(K.first);
  #w = new Int32Array(64);
  #held = new Uint8Array(64);
  #len = 0;

  update(bytes) {
    let from = 0;
    const filled = this.#len % 64;
    this.#len += bytes.length;
    if (filled) {
      from = Math.min(64 - filled, bytes.length);
      this.#held.set(bytes.subarray(0, from), filled);
      if (filled + from < 64) return this;
      this.#block(this.#held, 0);
    }
    for (; from + 64 <= bytes.length; from += 64) this.#block(bytes, from);
    this.#held.set(bytes.subarray(from));
    return this;
  }

  hex() {
    const bits = this.#len * 8;
    const pad = new Uint8Array(((this.#len % 64 < 56 ? 56 : 120) - (this.#len % 64)) + 8);
    pad[0] = 0x80;
    new DataView(pad.buffer).setUint32(pad.length - 8, Math.floor(bits / 2 ** 32));
    new DataView(pad.buffer).setUint32(pad.length - 4, bits >>> 0);
    this.update(pad);
    return hex(join(...Array.from(this.#h, (word) => u32(word))));
  }

  #block(b, at) {
    const w = this.#w;
    for (let i = 0; i < 16; i++, at += 4) w[i] = (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3];
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    const h = this.#h;
    let [a, bb, c, d, e, f, g, hh] = h;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (hh + s1 + ((e & f) ^ (~e & g)) + K.round[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & bb) ^ (a & c) ^ (bb & c))) | 0;
      hh = g; g = f; f = e; e = (d + t1) | 0; d = c; c = bb; bb = a; a = (t1 + t2) | 0;
    }
    h[0] += a; h[1] += bb; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += hh;
  }
}
export const sha256 = (bytes) => new Sha256().update(bytes).hex();
/** The first half of a SHA-256 as people read it: eight groups of four. */
export const groups = (hash) => hash.slice(0, 32).match(/.{4}/g).join(" ");

// HPKE (RFC 9180), mode base, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, one message a context.
const P256 = { name: "ECDH", namedCurve: "P-256" };
const KEM = join(utf8("KEM"), new Uint8Array([0, 16]));
const HPKE = join(utf8("HPKE"), new Uint8Array([0, 16, 0, 1, 0, 2]));

async function hmac(key, ...data) {
  const imported = await subtle.importKey("raw", key.length ? key : new Uint8Array(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, join(...data)));
}
const extract = (suite, salt, label, ikm) => hmac(salt, utf8("HPKE-v1"), suite, utf8(label), ikm);
// All outputs are at most one block long.
const expand = async (suite, prk, label, info, n) =>
  (await hmac(prk, new Uint8Array([0, n]), utf8("HPKE-v1"), suite, utf8(label), info, new Uint8Array([1]))).slice(0, n);

const importPublic = (point) =>
  subtle.importKey("raw", point, P256, true, []).catch(() => fail("seal_format", { what: "public key" }));
const dh = async (secret, point) =>
  new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: await importPublic(point) }, secret, 256));

async function context(shared, enc, point, info) {
  const none = new Uint8Array();
  const prk = await extract(KEM, none, "eae_prk", shared);
  const secret = await expand(KEM, prk, "shared_secret", join(enc, point), 32);
  const ctx = join(
    new Uint8Array([0]),
    await extract(HPKE, none, "psk_id_hash", none),
    await extract(HPKE, none, "info_hash", info),
  );
  const schedule = await extract(HPKE, secret, "secret", none);
  return { key: await expand(HPKE, schedule, "key", ctx, 32), iv: await expand(HPKE, schedule, "base_nonce", ctx, 12) };
}
const gcm = (key, use) => subtle.importKey("raw", key, "AES-GCM", false, [use]);

export async function hpkeSeal(point, info, plain, aad = new Uint8Array()) {
  const pair = await subtle.generateKey(P256, true, ["deriveBits"]);
  const enc = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
  const { key, iv } = await context(await dh(pair.privateKey, point), enc, point, info);
  const text = await subtle.encrypt({ name: "AES-GCM", iv, additionalData: aad }, await gcm(key, "encrypt"), plain);
  return join(enc, new Uint8Array(text));
}

/** The plaintext, or null when it does not open. `holder` is what `openKeyFile` and `makeKey` give. */
export async function hpkeOpen(holder, info, sealed, aad = new Uint8Array()) {
  try {
    const enc = sealed.slice(0, 65);
    const { key, iv } = await context(await dh(holder.secret, enc), enc, holder.point, info);
    return new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv, additionalData: aad }, await gcm(key, "decrypt"), sealed.slice(65)));
  } catch {
    return null;
  }
}

// A small secret under a passphrase.
async function passKey(passphrase, kdf) {
  const raw = await subtle.importKey("raw", utf8(passphrase.normalize("NFKC")), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: unb64(kdf.salt), iterations: kdf.iterations };
  return subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function closeBox(format, head, secret, passphrase) {
  if ([...passphrase.trim()].length < 12) fail("seal_short_passphrase", { least: 12 });
  const kdf = { name: "PBKDF2-SHA256", iterations: ITERATIONS, salt: b64(random(16)) };
  const iv = random(12);
  const how = { name: "AES-GCM", iv, additionalData: bytesOf({ format, head, kdf }) };
  const sealed = await subtle.encrypt(how, await passKey(passphrase, kdf), secret);
  const box = { format, head, kdf, nonce: b64(iv), box: b64(new Uint8Array(sealed)) };
  return `${JSON.stringify({ ...box, sum: sha256(bytesOf(box)) }, null, 2)}\n`;
}

async function openBox(format, text, passphrase) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    fail("seal_format", { what: format });
  }
  const { sum, ...box } = file ?? {};
  if (box.format !== format) fail("seal_format", { what: format });
  if (sum !== sha256(bytesOf(box))) fail("seal_file_damaged");
  const { name, iterations } = box.kdf;
  if (name !== "PBKDF2-SHA256" || !(iterations >= ITERATIONS && iterations <= 10_000_000)) fail("seal_format", { what: format });
  const how = { name: "AES-GCM", iv: unb64(box.nonce), additionalData: bytesOf({ format, head: box.head, kdf: box.kdf }) };
  try {
    const secret = await subtle.decrypt(how, await passKey(passphrase, box.kdf), unb64(box.box));
    return { head: box.head, secret: new Uint8Array(secret) };
  } catch {
    return fail("seal_wrong_passphrase");
  }
}

// Keyholders.
const holderOf = async (jwk, extractable) => {
  const point = join(new Uint8Array([4]), unb64(jwk.x), unb64(jwk.y));
  const secret = await subtle.importKey("jwk", { ...jwk, key_ops: undefined, ext: undefined }, P256, extractable, ["deriveBits"]);
  return { secret, point, public: b64(point) };
};

/** A fresh key pair: {secret, point, public}. */
export async function makeKey() {
  const pair = await subtle.generateKey(P256, true, ["deriveBits"]);
  return holderOf(await subtle.exportKey("jwk", pair.privateKey), true);
}
export const fingerprint = (text) => groups(sha256(unb64(text)));
/** The text of a key file (持钥人密钥). */
export async function saveKey(holder, passphrase) {
  const { d } = await subtle.exportKey("jwk", holder.secret);
  return closeBox(`${FORMAT} key`, { public: holder.public }, unb64(d), passphrase);
}
export async function loadKey(text, passphrase) {
  const { head, secret } = await openBox(`${FORMAT} key`, text, passphrase);
  const point = unb64(head.public);
  const jwk = { kty: "EC", crv: "P-256", d: b64(secret), x: b64(point.slice(1, 33)), y: b64(point.slice(33)) };
  secret.fill(0);
  return holderOf(jwk, false).catch(() => fail("seal_file_damaged"));
}

/** The answer to a drill {v, public, data}, which only this key can read. */
export async function answerDrill(drill, holder) {
  if (drill.public !== holder.public) fail("seal_not_a_keyholder");
  const nonce = await hpkeOpen(holder, bytesOf({ v: FORMAT, drill: drill.public }), unb64(drill.data));
  return nonce?.length === 32 ? b64(nonce) : fail("seal_format", { what: "drill" });
}

// Rosters.
export const rosterHash = (roster) => sha256(bytesOf(roster));
export function quorums(n, t, from = 1) {
  if (t === 0) return [[]];
  const all = [];
  for (let first = from; first <= n; first++) for (const rest of quorums(n, t - 1, first + 1)) all.push([first, ...rest]);
  return all;
}

const bound = (of, envelope) => ({ v: FORMAT, challenge: of.challenge, bid: of.bid, version: of.version, envelope });
const infoOf = (of, envelope, roster, holders, holder) => bytesOf({ ...bound(of, envelope), roster, holders, holder });

async function wrapAll(key, sheet, envelope) {
  const { roster } = sheet;
  const hash = rosterHash(roster);
  const wraps = [];
  for (const holders of quorums(roster.holders.length, roster.t)) {
    let data = key;
    for (const n of holders.toReversed()) {
      data = await hpkeSeal(unb64(roster.holders[n - 1].public), infoOf(sheet, envelope, hash, holders, n), data);
    }
    wraps.push({ holders, data: b64(data) });
  }
  return wraps;
}

/** A keyholder's part of an opening: every share that waits for it, with its layer taken off. Damaged ones are listed. */
export async function peel(handout, holder) {
  const number = handout.roster.holders.findIndex((h) => h.public === holder.public) + 1;
  if (!number) fail("seal_not_a_keyholder");
  const hash = rosterHash(handout.roster);
  const shares = [];
  const damaged = [];
  for (const share of handout.shares.filter((s) => s.holders[s.opened] === number)) {
    const of = { challenge: handout.challenge, bid: share.bid, version: share.version };
    const data = await hpkeOpen(holder, infoOf(of, share.envelope, hash, share.holders, number), unb64(share.data));
    if (data) shares.push({ ...share, opened: share.opened + 1, data: b64(data) });
    else damaged.push({ bid: share.bid, envelope: share.envelope, holders: share.holders, holder: number });
  }
  return { answer: { ...handout, shares }, damaged };
}

// Contents.
function padded(len) {
  const n = Math.max(len + 8, CHUNK);
  const e = Math.floor(Math.log2(n));
  const step = 2 ** (e - (Math.floor(Math.log2(e)) + 1));
  return Math.ceil(n / step) * step;
}
const chunksOf = (plain) => Math.ceil(plain / CHUNK);
const sealedSize = (len) => padded(len) + TAG * chunksOf(padded(len));

async function itemCipher(key, ad, use) {
  const base = await subtle.importKey("raw", key, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: utf8(FORMAT), info: ad };
  return subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, [use]);
}
const chunkParams = (ad, n, last) => {
  const iv = new Uint8Array(12);
  iv.set(u32(n), 7);
  iv[11] = n === last ? 1 : 0;
  return { name: "AES-GCM", iv, additionalData: ad };
};

async function sealItem(key, of, envelope, item, blob, progress) {
  const ad = bytesOf({ ...bound(of, envelope), item });
  const cipher = await itemCipher(key, ad, "encrypt");
  const last = chunksOf(padded(blob.size)) - 1;
  const [content, sealed, parts] = [new Sha256(), new Sha256(), []];
  for (let n = 0; n <= last; n++) {
    const [from, to] = [n * CHUNK, Math.min((n + 1) * CHUNK, padded(blob.size))];
    const plain = new Uint8Array(to - from);
    const piece = new Uint8Array(await blob.slice(Math.max(0, from - 8), Math.max(0, to - 8)).arrayBuffer());
    content.update(piece);
    if (n === 0) new DataView(plain.buffer).setBigUint64(0, BigInt(blob.size));
    plain.set(piece, n === 0 ? 8 : 0);
    const text = new Uint8Array(await subtle.encrypt(chunkParams(ad, n, last), cipher, plain));
    sealed.update(text);
    parts.push(text);
    progress?.(piece.length);
  }
  const data = new Blob(parts);
  return { n: item, size: data.size, sha256: sealed.hex(), content: content.hex(), data };
}

async function sealPart(sheet, envelope, fields, files, by, progress) {
  const [key, salt] = [random(32), random(32)];
  const items = [];
  for (const [at, { blob }] of files.entries()) items.push(await sealItem(key, sheet, envelope, at + 1, blob, progress));
  const listed = files.map(({ field, name, kind, blob }, at) => ({
    item: at + 1, field, name, kind, size: blob.size, sha256: items[at].content,
  }));
  const manifest = { v: FORMAT, envelope, fields, files: listed, salt: b64(random(32)) };
  items.unshift(await sealItem(key, sheet, envelope, 0, new Blob([bytesOf(manifest)])));
  const text = canonical({
    ...bound(sheet, envelope), suite: SUITE, roster: rosterHash(sheet.roster), commitment: commitmentOf(key, salt), salt: b64(salt),
    items: items.map(({ n, size, sha256: hash }) => ({ n, size, sha256: hash })),
    wraps: await wrapAll(key, sheet, envelope), sealed_by: by,
  });
  return { envelope, text, commit: sha256(utf8(text)), key, items: items.map((i) => i.data) };
}
const commitmentOf = (key, salt) => sha256(join(utf8(`${FORMAT} key`), key, salt));

/**
 * Seals a bid to the sheet {challenge, bid, version, roster}.
 * contents: {A: {fields, files: [{field, name, kind, blob}]}, B: the same}. Gives {A, B}, each {text, commit, key, items}.
 */
export async function seal(sheet, contents, { by = "team", progress } = {}) {
  const made = {};
  for (const part of ["A", "B"]) {
    const { fields = {}, files = [] } = contents[part] ?? {};
    made[part] = await sealPart(sheet, part, fields, files, by, progress);
  }
  return made;
}

/** Both envelopes as one sealed file. */
export function bundle({ A, B }) {
  const front = [A, B].flatMap(({ text }) => [u32(utf8(text).length), utf8(text)]);
  return new Blob([utf8(`${FORMAT}\n`), ...front, ...A.items, ...B.items]);
}

/** The text of the team's spare (揭榜密钥凭证): the content keys under a passphrase. */
export async function saveSpare(sheet, { A, B }, passphrase) {
  const head = { challenge: sheet.challenge, bid: sheet.bid, version: sheet.version, commits: { A: A.commit, B: B.commit } };
  return closeBox(`${FORMAT} spare`, head, join(A.key, B.key), passphrase);
}
/** {head, A, B}: what the spare is for, and the two content keys. */
export async function loadSpare(text, passphrase) {
  const { head, secret } = await openBox(`${FORMAT} spare`, text, passphrase);
  return { head, A: secret.slice(0, 32), B: secret.slice(32) };
}

/** Reads the front of a sealed file: {A, B}, each {envelope, at}, `at` the place of its first item. */
export async function readBundle(blob) {
  const bytes = async (from, n) => new Uint8Array(await blob.slice(from, from + n).arrayBuffer());
  if (new TextDecoder().decode(await bytes(0, 10)) !== `${FORMAT}\n`) fail("seal_format", { what: "sealed bid" });
  let at = 10;
  const found = [];
  for (let i = 0; i < 2; i++) {
    const len = new DataView((await bytes(at, 4)).buffer).getUint32(0);
    found.push(JSON.parse(new TextDecoder().decode(await bytes(at + 4, len))));
    at += 4 + len;
  }
  const sizes = found.map((e) => e.items.reduce((n, i) => n + i.size, 0));
  if (at + sizes[0] + sizes[1] !== blob.size) fail(at + sizes[0] + sizes[1] > blob.size ? "seal_cut" : "seal_trailing");
  return { A: { envelope: found[0], at }, B: { envelope: found[1], at: at + sizes[0] } };
}

async function openItem(key, envelope, item, blob) {
  const ad = bytesOf({ ...bound(envelope, envelope.envelope), item });
  const cipher = await itemCipher(key, ad, "decrypt");
  const last = Math.ceil(blob.size / (CHUNK + TAG)) - 1;
  const [content, sealed, parts] = [new Sha256(), new Sha256(), []];
  let left = 0;
  for (let n = 0; n <= last; n++) {
    const text = await blob.slice(n * (CHUNK + TAG), (n + 1) * (CHUNK + TAG)).arrayBuffer();
    sealed.update(new Uint8Array(text));
    let plain;
    try {
      plain = new Uint8Array(await subtle.decrypt(chunkParams(ad, n, last), cipher, text));
    } catch {
      fail("seal_changed_chunk", { part: envelope.envelope, item, chunk: n });
    }
    if (n === 0) {
      left = Number(new DataView(plain.buffer).getBigUint64(0));
      if (sealedSize(left) !== blob.size) fail("seal_format", { what: "item" });
      plain = plain.subarray(8);
    }
    if (plain.subarray(Math.min(left, plain.length)).some((b) => b)) fail("seal_format", { what: "item" });
    const piece = plain.subarray(0, Math.min(left, plain.length));
    left -= piece.length;
    content.update(piece);
    parts.push(piece);
  }
  if (sealed.hex() !== envelope.items[item].sha256) fail("seal_changed_item", { part: envelope.envelope, item });
  return { data: new Blob(parts), content: content.hex() };
}

/** Opens one envelope of a sealed file: {manifest, files: [{…, blob}]}. */
export async function open(blob, part, key) {
  const { envelope, at } = (await readBundle(blob))[part];
  if (commitmentOf(key, unb64(envelope.salt)) !== envelope.commitment) fail("seal_wrong_key", { part });
  let from = at;
  const next = (n) => blob.slice(from, (from += envelope.items[n].size));
  const manifest = JSON.parse(await (await openItem(key, envelope, 0, next(0))).data.text());
  if (manifest.envelope !== part || manifest.files.length + 1 !== envelope.items.length) fail("seal_bad_manifest", { part });
  const files = [];
  for (const file of manifest.files) {
    const { data, content } = await openItem(key, envelope, file.item, next(file.item));
    if (content !== file.sha256 || data.size !== file.size) fail("seal_bad_manifest", { part, item: file.item });
    files.push({ ...file, blob: data });
  }
  return { manifest, files };
}
