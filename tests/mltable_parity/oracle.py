"""The official ``mltable`` package in a virtual environment of its own.

Made once per checkout, below ``build/``, and never a dependency of the package. Set
``PARALLELSDK_MLTABLE_ORACLE`` to an interpreter that has it already, and nothing is made.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.parity.oracle import OracleError, locked

REFERENCE = "mltable==1.7.0"
# What it needs beside itself to give DataFrames, and the engine that was observed.
PINS = (
    "azureml-dataprep-rslex==2.26.0",
    "pandas==3.1.1",
    "pyarrow==25.0.1",
)
# There is no switch against its telemetry, but without a way out it sends nothing.
NOWHERE = "http://127.0.0.1:9"


def mltable_python(root: Path) -> str:
    """The interpreter that can import the reference; makes its environment on the first call.

    Several test processes may call at once. Raises OracleError when it cannot be installed.
    """
    given = os.environ.get("PARALLELSDK_MLTABLE_ORACLE")
    if given:
        return given
    folder = root / "build" / "mltable-oracle"
    folder.parent.mkdir(exist_ok=True)
    with locked(folder.with_name("mltable-oracle.lock")):
        mark = folder / REFERENCE
        if not mark.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(folder)])
            pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
            _run([*pip, "install", "--quiet", REFERENCE, *PINS])
            mark.touch()
    return str(folder / "bin" / "python")


def silent_environment(home: Path) -> dict[str, str]:
    """Variables under which the reference stays offline and writes its logs below ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: text for name, text in os.environ.items() if name.lower() != "no_proxy"}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    return {
        **kept,
        **proxies,
        "HOME": str(home),
        "AZUREML_LOGDIRECTORY_PATH": str(home / "logs"),
        "DPREP_DISABLE_SPAN_JSONL": "1",
    }


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OracleError(
            f"The tables are compared with {REFERENCE}, and its environment cannot be made: "
            f"{' '.join(command)} failed. Is the package index reachable? Or set "
            f"PARALLELSDK_MLTABLE_ORACLE to an interpreter that has it.\n{done.stderr[-2000:]}"
        )
