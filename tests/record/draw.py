#!/usr/bin/env python3
"""Draws a panel again from a lot (docs/draw.md) with nothing but Python's own library, or says what is wrong.
Usage: draw.py FILE. Prints the experts in the order of the lot."""
import hashlib, json, sys

sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
canonical = lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fits(chosen, c, plan, outside):
    two_thirds = -(-plan["seats"] * 2 // 3)
    panel = chosen + [c]
    count = lambda kind: sum(x["kind"] == kind for x in panel)
    lacks = max(0, two_thirds - count("technical")) + max(0, 1 - count("finance_management"))
    strangers = sum(not x["region"].startswith(plan["home"]) for x in panel)
    left = plan["seats"] - len(panel)
    same = any(x["id"] == c["id"] or x["unit"] == c["unit"] for x in chosen)
    return left >= 0 and not same and lacks <= left and max(0, outside - strangers) <= left


def draw(lot):
    plan, seed, barred = lot["plan"], lot["seed_sha256"], set(lot["barred"])
    field = plan["discipline"][:3]
    other = lambda c: not (len(field) == 3 and any(d[:3] == field for d in c["disciplines"]))
    order = [c for c in lot["pool"] if c["id"] not in barred]
    order.sort(key=lambda c: (other(c), sha(f"{seed}:{c['id']}")))
    there = sum(not c["region"].startswith(plan["home"]) for c in order)
    for outside in range(min(-(-plan["seats"] * 2 // 3), there), -1, -1):
        chosen = []
        for c in order:
            if len(chosen) < plan["seats"] and fits(chosen, c, plan, outside):
                chosen.append(c)
        if len(chosen) == plan["seats"]:
            return [c["id"] for c in chosen] + [c["id"] for c in order if c not in chosen]
    return []


def check(lot):
    seed = lot["seed"]
    assert lot["format"] == "jiebang-draw-1", "another format"
    assert sha("jiebang-draw-secret-1\n" + seed["secret"]) == lot["commitment"], "the secret is not the one promised"
    assert sha(canonical(lot["pool"])) == seed["pool_sha256"], "another pool"
    parts = [seed["secret"], seed["opening"], seed["words"], seed["pool_sha256"], str(seed["round"])]
    assert sha("\n".join(["jiebang-draw-1"] + parts)) == lot["seed_sha256"], "another seed"
    assert draw(lot) == lot["sequence"], "the lot falls otherwise"
    return "\n".join(lot["sequence"])


if __name__ == "__main__":
    try:
        print(check(json.load(open(sys.argv[1]))))
    except (AssertionError, ValueError, KeyError) as wrong:
        sys.exit(f"WRONG: {wrong}")
