"""NumPy array types of the ranking: numbers, booleans and positions."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]


def distinct_rows(table: Bools) -> tuple[Bools, Index]:
    """Return the distinct rows of a table, in order, and the position of each row among them.

    `numpy.unique` with `axis=0` compares rows number by number; here a row is one short string of bits.
    """
    bits = np.ascontiguousarray(np.packbits(table, axis=1))
    _, first, position = np.unique(bits.view(f"V{bits.shape[1]}").ravel(), return_index=True, return_inverse=True)
    return table[first], position.reshape(-1).astype(np.intp)
