"""What may be written, said once: the names of each place, types, modes, ranges and texts.

Pure: no file is looked at. The reader of files, ``validate()`` and the planner ask here, so they
cannot disagree.
"""
