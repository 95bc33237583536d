"""Cells of CSV, in which no spreadsheet finds anything to compute."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# What makes a spreadsheet compute a cell (OWASP: CSV injection), also in the wide forms that it
# takes for the same.
FORMULA_STARTS = frozenset("=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}") | frozenset(
    "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)

Cell = str | int


def csv_of(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV, each cell as `neutral` has it."""
    text = StringIO()
    csv.writer(text).writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue()


def neutral(cell: Cell) -> Cell:
    """Returns the cell so that no spreadsheet takes it for a formula."""
    if not isinstance(cell, str):
        return cell
    risky = cell[:1] in {"\t", "\r", "\n"} or cell.lstrip()[:1] in FORMULA_STARTS
    return f"'{cell}" if cell and risky else cell
