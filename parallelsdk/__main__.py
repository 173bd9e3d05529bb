"""``python -m parallelsdk``: the command line, where its scripts are not on the PATH."""

from __future__ import annotations

from parallelsdk.cli._main import main

if __name__ == "__main__":
    main()
