"""What all layers that take four-vectors share."""

from __future__ import annotations

from netwright.layers._raw_units import RawUnitsLayer

Shape = tuple[int | None, ...]


class AbstractFourVectorLayer(RawUnitsLayer):
    """A layer whose first input is four-vectors of shape (rows, P, 4)."""

    def build(self, input_shape: Shape) -> None:
        """Refuse inputs of another shape."""
        if len(input_shape) != 3 or input_shape[2] != 4:
            msg = f"{self.name} takes four-vectors of shape (rows, P, 4). Received: inputs of shape {input_shape}"
            raise ValueError(msg)
        super().build(input_shape)
