# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tables for people: columns as wide as they need to be, numbers to the right."""


def table(head: list[str], rows: list[list]) -> str:
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [head, *cells]) for column in range(len(head))]
    right = [all(_is_number(row[column]) for row in cells) for column in range(len(head))]

    def line(row: list[str]) -> str:
        return "  ".join(cell.rjust(width) if to_right else cell.ljust(width)
                         for cell, width, to_right in zip(row, widths, right)).rstrip()

    return "\n".join([line(head), "  ".join("-" * width for width in widths), *map(line, cells)])


def _is_number(text: str) -> bool:
    return text in ("-", "") or text.split()[0].replace(",", "").replace(".", "").isdigit()
