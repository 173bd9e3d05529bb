"""Stand-ins for packages of Azure's machines, found only where the real ones are not.

This folder itself goes last on a worker's ``sys.path``, and last on the PYTHONPATH of a command.
"""

from __future__ import annotations

import os
from typing import Final

FOLDER: Final = os.path.dirname(os.path.abspath(__file__))
