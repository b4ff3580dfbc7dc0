"""netwright: from labelled collision events to a neural network that a physicist can trust.

    import netwright as nw

    data = nw.read("jets/*.npz")
    run = nw.train("experiment.yaml")
    run.evaluation["test"]
    run.predict(data)

The public names are listed in ``__init__.pyi``. Everything heavy is imported when it is first used.
"""

import lazy_loader

from netwright._keras import set_up_keras

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

set_up_keras()
