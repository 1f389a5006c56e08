"""Which earlier cells of its page a cell depends on, found by the names in their code.

A cell depends on the cells that define the names which it uses, on those that change the named objects in between, and
on those that write the files which it names. Where the definition is an import, the import alone is taken.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from site_builder.names import Names, scan
from site_builder.page import Page, PageError


@dataclass
class Needs:
    """What has to run before a cell: earlier cells, by their numbers, and imports that stand in others."""

    cells: list[int] = field(default_factory=list)
    imports: list[ast.stmt] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)  # of the imports


def find(page: Page) -> dict[int, Needs]:
    """Return what each cell of the page needs.

    Raises:
        PageError: a cell uses a name that stands in a cell which ends with an error.
    """
    graph = _Graph(page)
    return {cell.number: graph.needs(place) for place, cell in enumerate(graph.cells)}


class _Graph:
    """The page's cells with their names."""

    def __init__(self, page: Page):
        self.path, self.cells = page.path, page.cells
        self.names = list[Names]()
        for cell in self.cells:
            self.names.append(scan(cell.source, self.names))

    def needs(self, place: int) -> Needs:
        """Follow the names of the cell at `place` back, and those of what is found."""
        whole, imports, todo = {place}, dict[tuple[int, str], int](), [place]
        while todo:
            user = todo.pop()
            for found, name in self._before(user, place):
                if name and name in self.names[found].imports:
                    imports[found, name] = min(user, imports.get((found, name), user))
                elif found not in whole:
                    self._refuse_error(found, user, name)
                    whole.add(found)
                    todo.append(found)
        heads = [
            (at, name)
            for (at, name), user in sorted(imports.items())
            if not any(other < user and self._imports_same(other, at, name) for other in whole)
        ]
        return Needs(
            [self.cells[at].number for at in sorted(whole - {place})],
            [self.names[at].imports[name] for at, name in heads],
            [self.cells[at].number for at, _ in heads],
        )

    def _before(self, user: int, end: int) -> Iterator[tuple[int, str]]:
        """Yield the cells that `user` depends on, with the name that makes it so."""
        for name in self.names[user].uses:
            defined = self._defined(name, user, end)
            if defined is None:
                continue
            yield defined, name
            if name not in self.names[defined].imports:
                same = self._aliases(name, defined, user)
                yield from (
                    (at, "") for at in range(defined + 1, user) if self._runs(at) and same & self.names[at].changes
                )
        writers = (self._writer(file, user) for file in self.names[user].files)
        yield from ((writer, "") for writer in writers if writer is not None)

    def _writer(self, file: str, user: int) -> int | None:
        """The last cell before `user` that writes the file."""
        return next((at for at in reversed(range(user)) if self._runs(at) and file in self.names[at].written), None)

    def _defined(self, name: str, user: int, end: int) -> int | None:
        """The last cell before `user` that defines the name; a function may use what is defined after it."""
        places = [at for at in range(end) if at != user and name in self.names[at].binds and self._exists(at)]
        return max((at for at in places if at < user), default=max(places, default=None))

    def _aliases(self, name: str, start: int, end: int) -> set[str]:
        """The name, and the others through which its object may be changed."""
        same = {name}
        for names in self.names[start:end]:
            for one, others in names.aliases.items():
                if one in same or same & others:
                    same |= {one, *others}
        return same

    def _exists(self, place: int) -> bool:
        return "skip" not in self.cells[place].flags

    def _runs(self, place: int) -> bool:
        return self._exists(place) and not self.cells[place].raises

    def _imports_same(self, place: int, other: int, name: str) -> bool:
        mine, others = self.names[place].imports.get(name), self.names[other].imports[name]
        return mine is not None and ast.dump(mine) == ast.dump(others)

    def _refuse_error(self, place: int, user: int, name: str) -> None:
        """What stands in a cell that ends with an error cannot be had without the error."""
        found, using = self.cells[place], self.cells[user]
        if found.raises:
            message = f"cell {using.number} uses `{name}` of cell {found.number}, which ends with an error; "
            raise PageError(self.path, using.line, message + "define it in a cell of its own, before that one")
