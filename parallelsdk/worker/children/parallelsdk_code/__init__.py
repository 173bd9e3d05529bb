"""The code folder as a package: below it, no name of a script is the name of something else."""

import os

# This folder, too, for a script whose own place has no name that an import statement could have.
__path__ = [os.environ["PARALLELSDK_CODE"], os.path.dirname(__file__)]
