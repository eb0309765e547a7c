#!/usr/bin/env python3
"""A second implementation of JB-SEAL-1, from docs/seal.md alone, on `cryptography` (OpenSSL): sealer and opener.

  independent.py key FILE PASSPHRASE                   -> the private key, in hexadecimal
  independent.py seal SHEET CONTENTS OUT KEYS          CONTENTS: {"A": {"fields", "files": [{field, name, kind, path}]}, "B": …}
  independent.py open FILE SHEET PART PRIVATE...       -> {"fields", "files": {name: sha256}}
"""
import base64, hashlib, hmac, itertools, json, os, sys, unicodedata

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

CHUNK, TAG, V = 65536, 16, "JB-SEAL-1"
HPKE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
sha = lambda data: hashlib.sha256(data).hexdigest()
b64 = lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")
unb64 = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
# Keys here are ASCII, so code point order is RFC 8785's order.
canon = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def bound(of, part):
    return {"v": V, "challenge": of["challenge"], "bid": of["bid"], "version": of["version"], "envelope": part}


def info(of, part, roster, holders, holder):
    return canon({**bound(of, part), "roster": sha(canon(roster)), "holders": list(holders), "holder": holder})


def padded(n):
    n = max(n + 8, CHUNK)
    e = n.bit_length() - 1
    step = 1 << (e - e.bit_length())
    return -(-n // step) * step


def item_key(key, ad):  # HKDF-SHA256, RFC 5869, one block
    prk = hmac.digest(V.encode(), key, "sha256")
    return AESGCM(hmac.digest(prk, ad + b"\x01", "sha256"))


def nonce(n, last):
    return bytes(7) + n.to_bytes(4, "big") + bytes([n == last])


def seal_item(key, of, part, item, data):
    ad = canon({**bound(of, part), "item": item})
    plain = (len(data).to_bytes(8, "big") + data).ljust(padded(len(data)), b"\0")
    pieces = [plain[at : at + CHUNK] for at in range(0, len(plain), CHUNK)]
    cipher = item_key(key, ad)
    return b"".join(cipher.encrypt(nonce(n, len(pieces) - 1), p, ad) for n, p in enumerate(pieces))


def open_item(key, envelope, item, text):
    assert sha(text) == envelope["items"][item]["sha256"], f"item {item} was changed"
    ad = canon({**bound(envelope, envelope["envelope"]), "item": item})
    pieces = [text[at : at + CHUNK + TAG] for at in range(0, len(text), CHUNK + TAG)]
    cipher = item_key(key, ad)
    plain = b"".join(cipher.decrypt(nonce(n, len(pieces) - 1), p, ad) for n, p in enumerate(pieces))
    size = int.from_bytes(plain[:8], "big")
    assert len(plain) == padded(size) and not any(plain[8 + size :]), "the padding is wrong"
    return plain[8 : 8 + size]


def commitment(key, salt):
    return sha(V.encode() + b" key" + key + salt)


def seal_part(sheet, part, fields, files):
    key, salt, roster = os.urandom(32), os.urandom(32), sheet["roster"]
    contents = [open(f["path"], "rb").read() for f in files]
    listed = [{"item": n + 1, "field": f["field"], "name": f["name"], "kind": f["kind"], "size": len(c), "sha256": sha(c)}
              for n, (f, c) in enumerate(zip(files, contents))]
    manifest = canon({"v": V, "envelope": part, "fields": fields, "files": listed, "salt": b64(os.urandom(32))})
    items = [seal_item(key, sheet, part, n, data) for n, data in enumerate([manifest, *contents])]
    wraps = []
    for holders in itertools.combinations(range(1, len(roster["holders"]) + 1), roster["t"]):
        data = key
        for n in reversed(holders):
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(roster["holders"][n - 1]["public"]))
            data = HPKE.encrypt(data, point, info(sheet, part, roster, holders, n))
        wraps.append({"holders": list(holders), "data": b64(data)})
    envelope = {**bound(sheet, part), "suite": "P256-HKDF-SHA256-AES256GCM", "roster": sha(canon(roster)), "salt": b64(salt),
                "commitment": commitment(key, salt), "wraps": wraps, "sealed_by": "team",
                "items": [{"n": n, "size": len(i), "sha256": sha(i)} for n, i in enumerate(items)]}
    return key, canon(envelope), b"".join(items)


def seal(sheet, contents, out, keys):
    sheet, contents = json.load(open(sheet)), json.load(open(contents))
    parts = [seal_part(sheet, p, contents[p]["fields"], contents[p]["files"]) for p in "AB"]
    with open(out, "wb") as f:
        f.write(V.encode() + b"\n" + b"".join(len(e).to_bytes(4, "big") + e for _, e, _ in parts))
        f.write(b"".join(items for _, _, items in parts))
    json.dump({p: made[0].hex() for p, made in zip("AB", parts)}, open(keys, "w"))


def open_bid(path, sheet, part, *private):
    data, roster = open(path, "rb").read(), json.load(open(sheet))["roster"]
    assert data[:10] == b"JB-SEAL-1\n"
    at, envelopes = 10, []
    for _ in "AB":
        size = int.from_bytes(data[at : at + 4], "big")
        envelopes.append(json.loads(data[at + 4 : at + 4 + size]))
        at += 4 + size
    envelope = envelopes["AB".index(part)]
    at += sum(i["size"] for i in envelopes[0]["items"]) if part == "B" else 0
    keys = [ec.derive_private_key(int(p, 16), ec.SECP256R1()) for p in private]
    of = {point: key for key in keys for point in [b64(b"\x04" + b"".join(c.to_bytes(32, "big") for c in (
        key.public_key().public_numbers().x, key.public_key().public_numbers().y)))]}
    here = {n + 1: of[h["public"]] for n, h in enumerate(roster["holders"]) if h["public"] in of}
    wrap = next(w for w in envelope["wraps"] if set(w["holders"]) <= set(here))
    key = unb64(wrap["data"])
    for n in wrap["holders"]:
        key = HPKE.decrypt(key, here[n], info(envelope, part, roster, wrap["holders"], n))
    assert commitment(key, unb64(envelope["salt"])) == envelope["commitment"], "not the key the envelope commits to"
    opened = []
    for item in envelope["items"]:
        opened.append(open_item(key, envelope, item["n"], data[at : at + item["size"]]))
        at += item["size"]
    manifest = json.loads(opened[0])
    assert [(f["item"], f["size"], f["sha256"]) for f in manifest["files"]] == [
        (n + 1, len(o), sha(o)) for n, o in enumerate(opened[1:])], "the manifest does not fit"
    print(json.dumps({"fields": manifest["fields"], "files": {f["name"]: f["sha256"] for f in manifest["files"]}}))


def key(path, passphrase):
    box = json.load(open(path))
    assert sha(canon({k: v for k, v in box.items() if k != "sum"})) == box["sum"], "the file was changed"
    phrase = unicodedata.normalize("NFKC", passphrase).encode()
    secret = hashlib.pbkdf2_hmac("sha256", phrase, unb64(box["kdf"]["salt"]), box["kdf"]["iterations"])
    ad = canon({k: box[k] for k in ("format", "head", "kdf")})
    print(AESGCM(secret).decrypt(unb64(box["nonce"]), unb64(box["box"]), ad).hex())


if __name__ == "__main__":
    {"key": key, "seal": seal, "open": open_bid}[sys.argv[1]](*sys.argv[2:])
