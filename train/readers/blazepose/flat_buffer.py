"""Reads FlatBuffers: tables whose fields are found by number, after the format's specification."""

import struct

import numpy as np

from models.types import Array

_OFFSET, _VTABLE_OFFSET, _FIELD = struct.Struct("<I"), struct.Struct("<i"), struct.Struct("<H")


class Table:
    """A table inside the bytes of a file. Reading past their end raises struct.error or ValueError.

    A field that is not stored has the default that the asker names.
    """

    def __init__(self, data: bytes, place: int) -> None:
        self._data, self._place = data, place
        self._vtable = place - _VTABLE_OFFSET.unpack_from(data, place)[0]
        if self._vtable < 0:
            raise ValueError("a table that begins before the file")
        (self._vtable_size,) = _FIELD.unpack_from(data, self._vtable)

    @staticmethod
    def root(data: bytes) -> "Table":
        return Table(data, _OFFSET.unpack_from(data, 0)[0])

    def number(self, field: int, kind: str, default: int = 0) -> int:
        """A scalar; `kind` is its letter in `struct` (b, B, i, I)."""
        place = self._find(field)
        return (
            default if place is None else int(struct.unpack_from(f"<{kind}", self._data, place)[0])
        )

    def table(self, field: int) -> "Table | None":
        place = self._find(field)
        return None if place is None else Table(self._data, self._target(place))

    def tables(self, field: int) -> list["Table"]:
        start, count = self._vector(field)
        return [Table(self._data, self._target(start + 4 * i)) for i in range(count)]

    def text(self, field: int) -> str:
        return self.array(field, "u1").tobytes().decode("utf-8", "replace")

    def array(self, field: int, kind: str) -> Array:
        """A vector of scalars (n,); empty where none is stored."""
        start, count = self._vector(field)
        return np.frombuffer(self._data, np.dtype(kind).newbyteorder("<"), count, start)

    def _vector(self, field: int) -> tuple[int, int]:
        """Where its first element lies, and how many there are."""
        place = self._find(field)
        if place is None:
            return 0, 0
        start = self._target(place)
        return start + 4, _OFFSET.unpack_from(self._data, start)[0]

    def _target(self, place: int) -> int:
        return place + _OFFSET.unpack_from(self._data, place)[0]

    def _find(self, field: int) -> int | None:
        entry = 4 + 2 * field
        if entry >= self._vtable_size:
            return None
        (away,) = _FIELD.unpack_from(self._data, self._vtable + entry)
        return self._place + away if away else None
