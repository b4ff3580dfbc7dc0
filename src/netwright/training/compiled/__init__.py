"""What is compiled: steps, losses, optimizers, learning rates."""
