"""Stand-in for Azure's package ``mltable`` where that is not installed: this project's own."""

import sys

from parallelsdk import mltable

sys.modules[__name__] = mltable
