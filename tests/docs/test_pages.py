"""Every code block of the README and the documentation works, or says why it is not run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.page import Block, code_blocks

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 120  # seconds, for one block


def pages() -> list[Path]:
    """The README, the other pages at the root, all of docs/ and the examples' own pages."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(p.relative_to(ROOT) for p in found if p.name != "CHANGELOG.md")


PAGES = pages()
BLOCKS = {page: code_blocks(ROOT / page, str(page)) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_code_block_is_run_or_says_why_not(page: Path) -> None:
    unmarked = [b.place for b in BLOCKS[page] if b.action is None]
    unexplained = [b.place for b in BLOCKS[page] if b.action in ("shown", "file") and not b.detail]

    assert not unmarked, f"no <!-- run -->, <!-- file: --> or <!-- shown: --> before {unmarked}"
    assert not unexplained


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_block_that_is_a_file_shows_its_name_to_the_reader(page: Path) -> None:
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    nameless = [
        block.place
        for block in BLOCKS[page]
        if block.action == "file"
        and f"`{block.detail}`:"
        not in (line.strip() for line in lines[: int(block.place.split(":")[1])][-5:])
    ]
    assert not nameless


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "page", [p for p in PAGES if any(b.action == "run" for b in BLOCKS[p])], ids=str
)
def test_the_blocks_of_a_page_run_in_order(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    shutil.copytree(
        ROOT / "examples",
        folder / "examples",
        ignore=shutil.ignore_patterns(".parallelsdk", "__pycache__", "downloaded"),
    )
    for block in BLOCKS[page]:
        if block.action == "file":
            target = folder / block.detail
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.action == "run":
            run(block, folder)


def run(block: Block, folder: Path) -> None:
    """Execute one block in ``folder``; a failure shows the block's place and what it printed."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PARALLELSDK_HOME": str(folder / ".parallelsdk"),
    }
    if block.language in ("python", "py"):
        command = [sys.executable, "-c", block.text]
    else:
        command = ["bash", "-euo", "pipefail", "-c", block.text]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, f"{block.place} ended with {done.returncode}:\n{done.stdout}"
