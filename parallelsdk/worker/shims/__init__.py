"""Stand-ins for packages of Azure's machines, found only where the real ones are not.

This folder itself goes last on a worker's ``sys.path``.
"""
