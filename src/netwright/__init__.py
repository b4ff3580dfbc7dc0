"""netwright: neural networks that a physicist can trust."""
