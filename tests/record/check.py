#!/usr/bin/env python3
"""Reads a record (docs/record.md) with nothing but Python's own library and comes to the same root, or says what is wrong.
Usage: check.py FILE. Prints "ENTRIES ROOT". Signatures need a library: they are left to `jiebang verify` and to others."""
import base64, hashlib, json, sys

H = lambda *parts: hashlib.sha256(b"".join(parts)).digest()


def root(leaves):
    """RFC 6962, 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else H()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return H(b"\1", root(leaves[:k]), root(leaves[k:]))


def check(path):
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
