"""Sizes that bind every image."""

from qvdc_core.units import TIB

MAX_VIRTUAL_SIZE_BYTES = 16 * TIB
"""The largest disk that an image may be, for the machine and in the library."""
