// The page's own module under node's WebCrypto, with the same commands as independent.py.
import { openAsBlob, readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import * as seal from "../../templates/assets/seal.js";

const read = (path) => readFileSync(path, "utf8");
const json = (path) => JSON.parse(read(path));
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const sha = async (blob) => seal.sha256(new Uint8Array(await blob.arrayBuffer()));

const commands = {
  /** Makes a key file; prints the public key. */
  async make(path, passphrase) {
    const holder = await seal.makeKey();
    writeFileSync(path, await seal.saveKey(holder, passphrase));
    console.log(holder.public);
  },
  async seal(sheetPath, contentsPath, out, keys) {
    const [sheet, contents] = [json(sheetPath), json(contentsPath)];
    for (const part of ["A", "B"]) for (const file of contents[part].files) file.blob = await openAsBlob(file.path);
    const made = await seal.seal(sheet, contents);
    writeFileSync(out, Buffer.from(await seal.bundle(made).arrayBuffer()));
    writeFileSync(keys, JSON.stringify({ A: hex(made.A.key), B: hex(made.B.key) }));
  },
  /** A keyholder's part: peels the hand-out, writes the answer. */
  async peel(keyPath, passphrase, handout, out) {
    const { answer, damaged } = await seal.peel(json(handout), await seal.loadKey(read(keyPath), passphrase));
    writeFileSync(out, JSON.stringify(answer));
    console.log(JSON.stringify(damaged));
  },
  async drill(keyPath, passphrase, drill) {
    console.log(await seal.answerDrill(json(drill), await seal.loadKey(read(keyPath), passphrase)));
  },
  /** Saves a spare for two content keys, as the page does after sealing. */
  async spare(sheetPath, bundlePath, keysPath, passphrase, out) {
    const [front, keys] = [await seal.readBundle(await openAsBlob(bundlePath)), json(keysPath)];
    const of = (part) => ({
      key: Uint8Array.from(Buffer.from(keys[part], "hex")),
      commit: seal.sha256(new TextEncoder().encode(seal.canonical(front[part].envelope))),
    });
    writeFileSync(out, await seal.saveSpare(json(sheetPath), { A: of("A"), B: of("B") }, passphrase));
  },
  async open(path, part, keyHex) {
    const { manifest, files } = await seal.open(await openAsBlob(path), part, Uint8Array.from(Buffer.from(keyHex, "hex")));
    const hashes = {};
    for (const { name, blob } of files) hashes[name] = await sha(blob);
    console.log(JSON.stringify({ fields: manifest.fields, files: hashes }));
  },
  async spareOpen(path, sparePath, passphrase, part) {
    const spare = await seal.loadSpare(read(sparePath), passphrase);
    await commands.open(path, part, hex(spare[part]));
  },
};

try {
  await commands[argv[2]](...argv.slice(3));
} catch (e) {
  console.error(e.code ?? e);
  process.exitCode = 1;
}
