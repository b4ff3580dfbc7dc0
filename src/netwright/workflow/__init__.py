"""The whole workflow, one file per command: train, evaluate, report and so on; start reading with `_train.py`.

The parts of longer commands, and what several share, are folders: `findings`, `members`, `proposals`, `scans` and
`searches`. Its commands are listed in ``__init__.pyi``. Each is imported when it is first used, so that `init`,
`inspect` and `check` do not wait for what only `train` needs.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
