"""The lists of names that pandas pickles into HDF5 attributes, read without unpickling.

A pickle is a program. Only its instructions that build lists, tuples, dictionaries, strings and numbers are
executed; any other, above all one that imports or calls, is refused.
"""

from __future__ import annotations

import pickletools

__all__ = ["Plain", "plain_pickle"]

Plain = list["Plain"] | tuple["Plain", ...] | dict["Plain", "Plain"] | str | bytes | int | float | None

_NUMBERS = frozenset(("INT", "LONG", "LONG1", "BININT", "BININT1", "BININT2", "FLOAT", "BINFLOAT"))
_TEXTS = frozenset(("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"))
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple}


class _Machine:
    """The stack on which the instructions of a pickle build values."""

    def __init__(self) -> None:
        self.stack: list[Plain] = []
        self.marks: list[int] = []
        self.memo: dict[object, Plain] = {}

    def execute(self, name: str, argument: str | bytes | float | None) -> None:
        """Execute one instruction."""
        if name in _NUMBERS | _TEXTS:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name == "MARK":
            self.marks.append(len(self.stack))
        elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self.memo[len(self.memo) if argument is None else argument] = self.stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif name not in ("PROTO", "FRAME"):
            self._collect(name)

    def _collect(self, name: str) -> None:
        """Execute an instruction that puts values into a list, a tuple or a dictionary."""
        if name in ("LIST", "TUPLE", "DICT"):
            values = self._since_mark()
            made: dict[str, Plain] = {"LIST": values, "TUPLE": tuple(values)}
            self.stack.append(_pairs(values) if name == "DICT" else made[name])
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            self.stack.append(tuple(self._since_mark(-int(name[-1]))))
        elif name in ("APPEND", "APPENDS"):
            values = [self.stack.pop()] if name == "APPEND" else self._since_mark()
            last = self.stack[-1]
            if not isinstance(last, list):
                raise TypeError(name)
            last.extend(values)
        elif name in ("SETITEM", "SETITEMS"):
            values = self._since_mark(-2 if name == "SETITEM" else None)
            last = self.stack[-1]
            if not isinstance(last, dict):
                raise TypeError(name)
            last.update(_pairs(values))
        else:
            msg = f"the pickled names contain the instruction {name}, which is never executed"
            raise ValueError(msg)

    def _since_mark(self, start: int | None = None) -> list[Plain]:
        """Pop the values since the last mark, or from `start`, off the stack."""
        place = self.marks.pop() if start is None else start
        if place < -len(self.stack):
            raise IndexError(place)
        values = self.stack[place:]
        del self.stack[place:]
        return values


def plain_pickle(data: bytes) -> Plain:
    r"""Return the list, dictionary, string or number in a pickle that contains nothing else.

    Args:
        data: a pickle.

    Returns:
        Its value.

    Raises:
        ValueError: the pickle is malformed, or does anything but build plain values.

    Example:
        >>> plain_pickle(b"(lp0\nVE_0\np1\naVPX_0\np2\na.")
        ['E_0', 'PX_0']
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                return machine.stack.pop()
            machine.execute(opcode.name, argument)
    except (IndexError, KeyError, TypeError) as error:
        msg = f"the pickled names are malformed ({type(error).__name__}: {error})"
        raise ValueError(msg) from error
    msg = "the pickled names end early"
    raise ValueError(msg)


def _pairs(values: list[Plain]) -> dict[Plain, Plain]:
    return dict(zip(values[::2], values[1::2], strict=True))
