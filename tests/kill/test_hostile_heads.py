"""A folder of hostile heads: each fails alone, fast, and without much memory."""

import sys

import pytest

MAX_MEMORY_MIB = 220
LINES = 4_900_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in KiB on Linux")

MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True)
sys.exit(status)
"""


def yaml(head):
    return f"---\ntitle: t\ndate: 2021-01-01\n{head}\n---\nbody\n"


def toml(head):
    return f'+++\ntitle = "t"\ndate = 2021-01-01\n{head}\n+++\nbody\n'


def json(member):
    return f';;;\n{{"title": "t", "date": "2021-01-01", {member}}}\n;;;\nbody\n'


ALIASES = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20))
REFUSED = {
    "aliases": yaml(f"a0: &a0 [x]\n{ALIASES}"),
    "merges": yaml("base: &b {a: 1}\n" + "\n".join(f"k{n}:\n  <<: [*b, *b]" for n in range(500))),
    "flow": yaml("x: " + "[" * 10_000 + "]" * 10_000),
    "dashes": yaml("x:\n  " + "- " * 10_000 + "a"),
    "questions": yaml("x:\n  " + "? " * 10_000 + "a"),
    "python": yaml("x: !!python/object/apply:os.system ['touch pwned']"),
    "long": yaml("x: " + "a" * LINES),
    "keys": yaml("\n".join(f"k{n}: 1" for n in range(3000))),
    "date": yaml("").replace("2021", "9" * 20_000),
    "toml-integer": toml("x = " + "9" * 10_000),
    "toml-hexadecimal": toml("x = 0x" + "f" * 20_000),
    "toml-dotted": toml(".".join(["a"] * 10_000) + " = 1"),
    "toml-tables": toml("\n".join(f"[a.b{n}.c.d]" for n in range(1500))),
    "toml-deep": toml("x = " + "{a=" * 5_000 + "1" + "}" * 5_000),
    "json-deep": json('"x": ' + "[" * 10_000 + "]" * 10_000),
    "json-keys": json(", ".join(f'"k{n}": 1' for n in range(3000))),
    "empty-lines": "\n" * LINES,
    "carriage-returns": "\r" * LINES,
    "keys-of-the-body": "a: b\n" * (LINES // 5),
}
READ = {
    "good": yaml("x: 1"),
    "yaml-integer": yaml("x: " + "9" * 30_000),
    "yaml-float": yaml("x: 1e999999"),
    "yaml-hexadecimal": yaml("x: 0x" + "f" * 30_000),
    "toml-float": toml("x = 1e999999"),
    "json-integer": json('"x": ' + "9" * 10_000),
    "json-float": json('"x": 1e999999'),
    "late-head": "\n" * LINES + yaml("x: 1"),
}


def test_hostile_heads_cost_themselves_and_little_memory(tmp_path, open_copy):
    folder = tmp_path / "posts"
    folder.mkdir()
    for name, text in {**REFUSED, **READ}.items():
        (folder / f"{name}.md").write_text(text, "utf-8", newline="")
    newsroom = open_copy("hostile")
    command = ("import_articles", folder, "--jobs", "1", "--timezone", "UTC")
    # Measured from a small process: one that is started by a large one counts that one's memory as its own.
    status, said = newsroom.run(*command, before=[sys.executable, "-c", MEASURE])
    assert status == 1, said
    assert "Traceback" not in said
    failed = {line.partition(".md")[0] for line in said.splitlines() if ": failed: " in line}
    assert failed == set(REFUSED)
    paths = {row["source_path"] for row in newsroom.read("cms_news_article")}
    assert paths == {f"{name}.md" for name in READ}
    memory_mib = int(said.splitlines()[-1]) // 1024
    sys.stdout.write(f"{memory_mib} MiB\n")
    assert memory_mib < MAX_MEMORY_MIB
    assert not (tmp_path / "pwned").exists()
