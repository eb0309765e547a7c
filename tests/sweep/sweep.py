#!/usr/bin/env python3
"""Searches files for planted words, however they are written: as they are, in UTF-16, in base64 at any alignment, in
hexadecimal, escaped for JSON, HTML or an address, and inside gzip streams, zlib streams and zip archives, also nested.

    sweep.py WORDS.json FOLDER     prints {word: [files in which it lies]}
"""
import base64, html, io, json, os, sys, urllib.parse, zipfile, zlib


def forms(word):
    raw = word.encode()
    out = {raw, word.encode("utf-16-le"), word.encode("utf-16-be"), raw.hex().encode(), raw.hex().upper().encode()}
    for shift in range(3):
        for code in (base64.b64encode, base64.urlsafe_b64encode):
            # Only what hangs on the word alone: the first and last four letters may share bytes with what stands beside it.
            out.add(code(bytes(shift) + raw)[4:-4])
    escaped = json.dumps(word)[1:-1].encode()
    out |= {escaped, escaped.replace(b"\\u", b"\\U"), urllib.parse.quote(word, safe="").encode(), html.escape(word).encode()}
    out |= {"".join(f"&#{'x' if x else ''}{format(ord(c), 'x' if x else 'd')};" for c in word).encode() for x in (0, 1)}
    return {f for f in out if len(f) >= 6}


def unpacked(data):
    """What lies packed within."""
    if b"PK\x03\x04" in data:
        try:
            with zipfile.ZipFile(io.BytesIO(data[data.index(b"PK\x03\x04"):])) as archive:
                yield from (archive.read(name) for name in archive.namelist())
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error):
            pass
    for magic, bits in ((b"\x1f\x8b\x08", 31), (b"\x78\x9c", 15), (b"\x78\x01", 15), (b"\x78\xda", 15)):
        at = data.find(magic)
        while at >= 0:
            try:
                plain = zlib.decompressobj(bits).decompress(data[at:], 64 << 20)
                if len(plain) > 5:
                    yield plain
            except zlib.error:
                pass
            at = data.find(magic, at + 1)


def hits(data, words, depth=0):
    found = {word for word, ways in words.items() if any(way in data for way in ways)}
    if depth < 3:
        for inner in unpacked(data):
            found |= hits(inner, words, depth + 1)
    return found


def main(list_of_words, folder):
    words = {word: forms(word) for word in json.load(open(list_of_words))}
    found = {word: [] for word in words}
    for at, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                for word in hits(file.read(), words):
                    found[word].append(os.path.relpath(path, folder))
    json.dump({word: sorted(files) for word, files in found.items()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
