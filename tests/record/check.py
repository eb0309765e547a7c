#!/usr/bin/env python3
"""Reads a record (docs/record.md) with nothing but Python's own library and comes to the same root, or says what is wrong.
Usage: check.py FILE. Prints "ENTRIES ROOT", or "in order" of a receipt. Signatures need a library: they are left to
`jiebang verify` and to others."""
import base64, hashlib, hmac, json, sys

H = lambda *parts: hashlib.sha256(b"".join(parts)).digest()


def root(leaves):
    """RFC 6962, 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else H()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return H(b"\1", root(leaves[:k]), root(leaves[k:]))


def states(entry):
    """What the rows were left as, told as the entry's version tells it."""
    version = entry.get("version", 1)
    assert version in (1, 2), f"version {version} is not known here"
    name = {1: "sha256", 2: "hmac"}[version]
    assert all(set(s) == {"table", "id", name} and len(s[name]) == 64 for s in entry["states"]), "its states are told otherwise"
    assert version == 1 or len(entry["salts"]) == 64, "it promises no salts"
    return [s[name] for s in entry["states"]]


def receipt(r):
    """The path from the entry to the root, and the row."""
    data = H(b"\x4a", bytes.fromhex(r["salt"]), r["body"].encode())
    (_, size, root), at, entry = r["checkpoint"].split("\n")[:3], r["seq"] - 1, json.loads(r["body"])
    node, last = H(b"\0", data), int(size) - 1
    for step in map(bytes.fromhex, r["proof"]):
        assert last, "its path is too long"
        if at & 1 or at == last:
            node = H(b"\1", step, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = H(b"\1", node, step)
        at, last = at >> 1, last >> 1
    assert last == 0 and node == base64.b64decode(root), "its entry does not stand in the log"
    if "row" in r:
        row = r["row"].encode()
        old = entry.get("version", 1) == 1
        told = H(row) if old else hmac.digest(bytes.fromhex(r["row_salt"]), row, "sha256")
        assert told.hex() in states(entry), "its row is not as the entry left it"
    return "in order"


def check(path):
    text = open(path).read()
    if '"jiebang-receipt-1"' in text[:99]:
        return receipt(json.loads(text))
    leaves, passed, count, ended = [], hashlib.sha256(), 0, False
    for n, line in enumerate(open(path, "rb"), 1):
        assert not ended, f"line {n}: something follows the end"
        value = json.loads(line)
        if "seq" in value:
            data = bytes.fromhex(value["leaf"])
            if "body" in value:
                body = line[len(b'{"body":') : line.rindex(b',"leaf":"')]
                assert H(b"\x4a", bytes.fromhex(value["salt"]), body) == data, f"line {n}: the leaf is not its entry's"
                assert value["body"]["seq"] == value["seq"], f"line {n}: it says another number"
                states(value["body"])
            leaves.append(H(b"\0", data))
            assert value["seq"] == len(leaves), f"line {n}: out of order"
        elif "checkpoint" in value:
            _, size, said = value["checkpoint"].split("\n")[:3]
            assert int(size) == len(leaves), f"line {n}: the checkpoint is of {size} entries"
            assert base64.b64decode(said) == root(leaves), f"line {n}: another root was signed"
        elif "end" in value:
            _, _, lines, said = value["end"].split("\n")[:4]
            assert (int(lines), base64.b64decode(said)) == (count, passed.digest()), f"line {n}: not what stands before"
            ended = True
        passed.update(line)
        count += 1
    assert ended, "the record breaks off"
    return f"{len(leaves)} {root(leaves).hex()}"


if __name__ == "__main__":
    try:
        print(check(sys.argv[1]))
    except (AssertionError, ValueError, KeyError) as wrong:
        sys.exit(f"WRONG: {wrong}")
