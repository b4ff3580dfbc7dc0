"""How the facts of a case are computed from a Keras model and its rows."""
