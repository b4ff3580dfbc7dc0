"""The engine: pure compiled steps, rows resident or streamed, members at once, and the loop that runs them.

It is given networks and arrays, and neither builds the ones nor reads the others.

Its names are listed in ``__init__.pyi``. Each is imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
