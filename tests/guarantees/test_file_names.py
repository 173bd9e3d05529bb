"""R15: a file of any legal name reaches ``run()`` as a path that opens."""

from __future__ import annotations

import os

import pytest

from tests.guarantees.conftest import Case

NAMES = [
    b"two\nlines",
    b"not \xff\xfe utf-8",
    b"x" * 255,
    "ü".encode() * 127,
    b"$(touch pwned)",
    b"`touch pwned`",
    b"${{inputs.files}}",
    b"$[[--flag]]",
    b"-rf",
    b"--error_threshold=0",
    b"single ' and double \" quotes",
    b"back\\slash",
    "snow ☃ and 🎉".encode(),
    b"tab\there",
    b"blank at the end ",
    b" blank at the start",
    b".hidden",
    b"*.csv",
    b"[abc]?",
    b"100%s{0}",
    b"#comment;a&b|c>d",
    b"\x1b[31mred",
    b"\r",
]


@pytest.mark.parametrize("kind", ["uri_folder", "mltable"])
def test_a_file_of_any_name_is_opened(case: Case, kind: str) -> None:
    case.files(0)
    data = os.fsencode(case.project.root / "data")
    for number, name in enumerate(NAMES):
        with open(os.path.join(data, name), "w") as file:
            file.write(f"content-{number}")
    case.project.step["inputs"]["files"]["type"] = kind
    if kind == "mltable":
        case.project.step["inputs"]["files"]["path"] = "./table"
        (case.project.root / "table").mkdir()
        (case.project.root / "table" / "MLTable").write_text("paths:\n  - pattern: ../data/*\n")
    case.project.script(
        "def run(paths):\n"
        "    assert all(isinstance(path, str) for path in paths)\n"
        "    return [open(path).read() for path in paths]\n"
    )
    name = case.finish()
    found = case.output(name).decode().split()
    assert sorted(found) == sorted(f"content-{number}" for number in range(len(NAMES)))
    assert not list(case.project.root.rglob("pwned"))
