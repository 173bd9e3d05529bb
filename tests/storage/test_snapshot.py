"""Code is copied to a folder that its content names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.exceptions import ValidationException
from parallelsdk.storage.snapshot import changed_files, sizes, snapshot_code


def files_of(folder: str) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file())


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    for name in (
        "score.py",
        "pack/mod.py",
        "__pycache__/score.pyc",
        ".git/HEAD",
        ".parallelsdk/jobs/x",
        "venv/pyvenv.cfg",
        "venv/lib/huge.py",
        "conda/conda-meta/history",
        "conda/lib/huge.py",
        "home/parallelsdk.workspace",
        "home/jobs/j/code/old.py",
        "notes.tmp",
        "shared.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / ".amlignore").write_text("*.tmp\n")
    (folder / "loop").symlink_to(".")
    (folder / "score.py").chmod(0o755)
    return folder


def test_a_snapshot_holds_the_code_and_nothing_else(code: Path) -> None:
    into = str(code / "home" / "jobs" / "j" / "code")
    found = snapshot_code(str(code), into)
    assert files_of(found) == [".amlignore", "pack/mod.py", "score.py", "shared.py"]
    assert os.access(os.path.join(found, "score.py"), os.X_OK)
    assert os.path.dirname(found) == into
    assert os.listdir(into).count("old.py") == 1


def test_same_content_same_folder_other_content_another(code: Path, tmp_path: Path) -> None:
    into = str(tmp_path / "code")
    first = snapshot_code(str(code), into)
    assert snapshot_code(str(code), into) == first
    (code / "pack" / "mod.py").write_text("changed")
    second = snapshot_code(str(code), into)
    assert second != first
    assert sorted(os.listdir(into)) == sorted(map(os.path.basename, (first, second)))
    assert (Path(first) / "pack" / "mod.py").read_text() == "pack/mod.py"


def test_a_single_file_is_a_folder_with_it(code: Path, tmp_path: Path) -> None:
    found = snapshot_code(str(code / "score.py"), str(tmp_path / "code"))
    assert files_of(found) == ["score.py"]


def test_moving_text_between_name_and_content_changes_the_hash(tmp_path: Path) -> None:
    for name, content in (("ab", "c"), ("a", "bc")):
        (tmp_path / name / "src").mkdir(parents=True)
        (tmp_path / name / "src" / name).write_text(content)
    found = {snapshot_code(str(tmp_path / n / "src"), str(tmp_path / "c")) for n in ("ab", "a")}
    assert len(found) == 2


def test_missing_code_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValidationException, match="There is no code at"):
        snapshot_code(str(tmp_path / "no"), str(tmp_path / "code"))
    assert not (tmp_path / "code").exists()


def test_a_folder_that_is_reached_by_two_names_is_kept_under_both(tmp_path: Path) -> None:
    source = tmp_path / "src"
    (source / "lib" / "deep").mkdir(parents=True)
    (source / "lib" / "deep" / "mod.py").write_text("x = 1")
    (source / "alias").symlink_to("lib")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "util.py").write_text("y = 2")
    for name in ("one", "two"):
        (source / name).symlink_to(tmp_path / "elsewhere")
    for loop, where in (("lib/up", ".."), ("lib/deep/self", "."), ("lib/deep/again", "../../lib")):
        (source / loop).symlink_to(where)
    found = snapshot_code(str(source), str(tmp_path / "into"))
    names = ["alias/deep/mod.py", "lib/deep/mod.py", "one/util.py", "two/util.py"]
    assert files_of(found) == names


def test_code_that_two_links_lead_around_in_a_circle_ends(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / "src" / name).mkdir(parents=True)
        (tmp_path / "src" / name / "mod.py").touch()
        (tmp_path / "src" / name / "to").symlink_to(f"../{other}")
    found = snapshot_code(str(tmp_path / "src"), str(tmp_path / "into"))
    names = ["a/mod.py", "a/to/mod.py", "b/mod.py", "b/to/mod.py"]
    assert files_of(found) == names


def test_what_is_included_comes_beside_the_code(code: Path, tmp_path: Path) -> None:
    (tmp_path / "lib" / "deep").mkdir(parents=True)
    (tmp_path / "lib" / "deep" / "u.py").write_text("u")
    (tmp_path / "lib" / ".amlignore").write_text("*.tmp\n")
    (tmp_path / "lib" / "x.tmp").write_text("x")
    (tmp_path / "notes.txt").write_text("n")
    includes = (str(tmp_path / "lib"), str(tmp_path / "notes.txt"))
    alone = snapshot_code(str(code), str(tmp_path / "a"))
    snapshot = snapshot_code(str(code), str(tmp_path / "a"), includes=includes)
    extra = sorted(set(files_of(snapshot)) - set(files_of(alone)))
    assert extra == ["lib/.amlignore", "lib/deep/u.py", "notes.txt"]
    assert changed_files(str(code), snapshot, includes) == []
    (tmp_path / "notes.txt").write_text("other")
    assert changed_files(str(code), snapshot, includes) == ["notes.txt"]
    only = snapshot_code(None, str(tmp_path / "a"), includes=includes)
    assert files_of(only) == extra
    assert sizes(None, includes) == {"lib": 7, "notes.txt": 5}


def test_two_things_of_one_name_are_refused(code: Path, tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("another")
    with pytest.raises(
        ValidationException, match=r"'score\.py' twice: from .* additional_includes"
    ):
        snapshot_code(str(code), str(tmp_path / "a"), includes=(str(tmp_path / "score.py"),))
    assert not list((tmp_path / "a").iterdir())


def test_an_ignore_file_with_a_pattern_that_is_none_names_its_line(
    code: Path, tmp_path: Path
) -> None:
    (code / ".amlignore").write_text("*.tmp\n\n[z-a].py\n")
    with pytest.raises(ValidationException, match=r"\.amlignore:3: '\[z-a\]\.py' is no pattern"):
        snapshot_code(str(code), str(tmp_path / "a"))
