"""Balance of classes and of ranges of a target, and the rows that training uses."""
