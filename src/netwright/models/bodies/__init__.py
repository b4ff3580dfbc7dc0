"""The layers that heads share, one kind of body a file; `netwright.models.bodies.registry` knows them all."""
