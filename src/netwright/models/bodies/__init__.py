"""The layers shared by heads, one file per kind of body; `netwright.models.bodies.registry` lists them all."""
