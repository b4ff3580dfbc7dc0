"""Files without an experiment, and what `netwright init` proposes beyond their columns: samples, classes, parts ..."""
