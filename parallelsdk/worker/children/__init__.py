"""Modules for processes that an entry script starts; this folder goes last on a worker's path.

multiprocessing and its kin hand the path on to their children, whichever way these are started, so
what lies here can be imported in all of them under its own name.
"""
