"""How rows reach the device, and in which order."""
