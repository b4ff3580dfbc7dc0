"""The members of an ensemble, and how they are trained."""
