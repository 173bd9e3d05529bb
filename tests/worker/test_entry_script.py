"""The entry script: found by path or module name, called by its contract."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parallelsdk.exceptions import EntryScriptException
from parallelsdk.worker.entry_script import EntryScript, MiniBatchContext
from parallelsdk.worker.errors import error_text
from parallelsdk.worker.script import Script

CONTEXT = MiniBatchContext(4)


@pytest.fixture(autouse=True)
def _clean_imports(tmp_path: Path) -> Iterator[None]:
    modules, path = dict(sys.modules), list(sys.path)
    sys.path.insert(0, str(tmp_path))
    yield
    sys.path[:] = path
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]


def _script(folder: Path, text: str, name: str = "score.py") -> EntryScript:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return _load(folder, name)


def _load(folder: Path, name: str) -> EntryScript:
    return EntryScript(Script.find(str(folder), name).load(), name)


def test_run_gets_the_context_when_it_has_room_for_it(tmp_path: Path) -> None:
    script = _script(tmp_path, "def run(mini_batch, ctx): return [ctx.minibatch_index]")
    assert script.run(["a"], CONTEXT) == [4]


@pytest.mark.parametrize(
    "signature", ["mini_batch", "mini_batch, *, verbose=False", "mini_batch, **kw"]
)
def test_run_gets_the_mini_batch_alone_when_it_takes_no_more(
    tmp_path: Path, signature: str
) -> None:
    assert _script(tmp_path, f"def run({signature}): return mini_batch").run(["a"], CONTEXT) == [
        "a"
    ]


def test_capitalised_names_are_accepted(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        "calls = []\n"
        "def Init(): calls.append('init')\n"
        "def Run(mini_batch): return calls + mini_batch\n"
        "def Shutdown(): calls.append('shutdown')\n",
    )
    script.init()
    script.shutdown()
    assert script.run(["x"], CONTEXT) == ["init", "shutdown", "x"]


def test_init_and_shutdown_are_optional(tmp_path: Path) -> None:
    script = _script(tmp_path, "def run(mini_batch): return mini_batch")
    script.init()
    script.shutdown()


def test_a_script_in_a_subfolder_may_import_its_siblings_relatively(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "model.py").write_text("answer = 42")
    script = _script(
        tmp_path, "from .model import answer\ndef run(m): return [answer]", "src/entry.py"
    )
    assert script.run([], CONTEXT) == [42]


def test_a_dotted_module_name_is_a_path_too(tmp_path: Path) -> None:
    _script(tmp_path, "def run(m): return ['dotted']", "package/main.py")
    assert _load(tmp_path, "package.main").run([], CONTEXT) == ["dotted"]


def test_a_script_called_like_a_module_in_use_is_loaded_all_the_same(tmp_path: Path) -> None:
    script = _script(tmp_path, "def run(m): return ['mine']", "json.py")
    assert script.run([], CONTEXT) == ["mine"]
    assert hasattr(sys.modules["json"], "dumps")


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    with pytest.raises(EntryScriptException, match=r"nothing\.py"):
        _load(tmp_path, "nothing.py")


def test_a_script_without_run_is_told_what_run_is(tmp_path: Path) -> None:
    with pytest.raises(EntryScriptException, match=r"defines no run\(mini_batch\)"):
        _script(tmp_path, "def init(): pass")


def test_an_error_is_text_that_shows_the_users_lines_only(tmp_path: Path) -> None:
    script = _script(tmp_path, "def run(m):\n    raise ValueError('bad item')")
    with pytest.raises(ValueError, match="bad item") as caught:
        script.run([], CONTEXT)
    text = error_text(caught.value)
    assert text.message == "ValueError: bad item"
    assert "score.py" in text.traceback


def test_a_huge_error_is_cut(tmp_path: Path) -> None:
    text = error_text(ValueError("x" * 1_000_000))
    assert len(text.message) <= 65536
    assert len(text.traceback) <= 65536


RUNS = {
    "a bare decorator": "@bare\ndef run(mini_batch): return ['one']",
    "a bare decorator with keywords": "@keywords\ndef run(mini_batch): return ['one']",
    "two decorators": "@bare\n@keywords\ndef run(mini_batch): return ['one']",
    "a decorator with an argument": "@named('x')\ndef run(mini_batch): return ['one']",
    "an object": "@Object\ndef run(mini_batch): return ['one']",
    "a method": "run = Object(lambda mini_batch: ['one']).call",
    "a partial function": "run = functools.partial(lambda word, mini_batch: [word], 'one')",
    "a setting with a default": "def run(mini_batch, threshold='one'): return [threshold]",
    "a default behind a decorator": "@bare\ndef run(mini_batch, threshold='one'): "
    "return [threshold]",
    "a decorator that says it takes more": "@narrow\ndef run(mini_batch, context): "
    "return [context]",
    "the context behind a decorator": "@bare\ndef run(mini_batch, any_name): "
    "return [any_name.minibatch_index]",
    "the context with a default": "def run(mini_batch, ctx=None): return [ctx.minibatch_index]",
    "an annotated context": "def run(mini_batch, info: 'MiniBatchContext' = None): "
    "return [info.minibatch_index]",
    "both in a tuple": "def run(*args): return [args[1].minibatch_index]",
    "a decorator of many": "@many\ndef run(mini_batch, context): return [context.minibatch_index]",
}
DECORATORS = """
import functools
def bare(function):
    def wrapper(*args): return function(*args)
    return wrapper
def keywords(function):
    def wrapper(*args, **kwargs): return function(*args, **kwargs)
    return wrapper
def named(word):
    def decorator(function):
        def wrapper(*args, **kwargs):
            assert word
            return function(*args, **kwargs)
        return wrapper
    return decorator
class Object:
    def __init__(self, function): self.function = function
    def __call__(self, *args): return self.function(*args)
    def call(self, *args): return self.function(*args)
def narrow(function):
    @functools.wraps(function)
    def wrapper(mini_batch): return function(mini_batch, 'one')
    return wrapper
def many(run, helper=print):
    def wrapper(*args): return (run, helper)[0](*args)
    return wrapper
"""


@pytest.mark.parametrize("how", RUNS)
def test_run_is_called_as_it_expects(tmp_path: Path, how: str) -> None:
    script = _script(tmp_path, DECORATORS + RUNS[how])
    assert script.run(["a"], CONTEXT) in (["one"], [4])
    if "context" in how or "both" in how or "many" in how:
        assert script.run(["a"], CONTEXT) == [4]
