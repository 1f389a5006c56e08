"""The names in a cell: what it uses, defines and changes. Read from the code alone; nothing runs.

Whether a call changes an object cannot be known from the code. The rules here are those of thumb that a reader uses: a
call whose result nobody keeps was made for its effect, and some names say what they do (`append`, `fit`, `zero_`). The
tests compare what each snippet shows with what its page shows, so that a change that was overlooked is found.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_CHANGES_OWN = re.compile(
    r"append|extend|insert|remove|pop|clear|update|setdefault|add|discard|sort|reverse|"  # lists, sets, dictionaries
    r"step|backward|zero_grad|train|eval|load_state_dict|set_epoch|[a-z]\w*_"  # and by PyTorch's convention, `zero_`
)
_CHANGES_FIRST = re.compile(r"next|setattr|delattr|fit|freeze|unfreeze|replace_head|shuffle")
_KEEPS = re.compile(r"print|display|show|save|write|dump|plot|warn|to_")  # thrown-away calls that change no argument
_VIEWS = re.compile(
    r"view|reshape|flatten|detach|numpy|permute|transpose|squeeze|unsqueeze|expand|"
    r"parameters|named_parameters|children|modules|values|items"
)
_WRITES = re.compile(r"save|write|to_|fit$|mkdir|touch|dump")
_PATH = re.compile(r"[\w.-]+(/[\w.-]+)+/?|[\w-]+\.[a-z]\w{1,8}")


@dataclass
class Names:
    """What a piece of code does to names."""

    uses: dict[str, None] = field(default_factory=dict)  # of others, before it binds them itself; in order
    binds: set[str] = field(default_factory=set)
    imports: dict[str, ast.stmt] = field(default_factory=dict)  # binds that are imports and nothing else
    changes: set[str] = field(default_factory=set)  # whose objects it changes in place
    aliases: dict[str, set[str]] = field(default_factory=dict)  # name → names of objects that it is a view of
    functions: dict[str, Effects] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)  # files and folders, as they are named in strings
    files: set[str] = field(default_factory=set)  # all words in strings, which may name files of earlier cells


@dataclass(frozen=True)
class Effects:
    """What a call of a function changes: its parameters, by place and name, and names of the page."""

    parameters: tuple[str, ...]
    changed: frozenset[str]


def scan(source: str, earlier: Sequence[Names] = ()) -> Names:
    r"""Return what a cell does to names; a cell that is no Python does nothing.

    Args:
        source: the cell's code.
        earlier: what the cells before it do, whose functions it may call.

    >>> found = scan("b = a\nb[0] = 1\nprint(c)")
    >>> list(found.uses), sorted(found.binds), sorted(found.changes)
    (['a', 'c'], ['b'], ['a', 'b'])
    """
    rows = ("pass" if row.lstrip().startswith(("%", "!")) else row for row in source.splitlines())
    try:
        tree = ast.parse("\n".join(rows))
    except SyntaxError:
        return Names()
    scanner = _Scanner(earlier)
    scanner.run(tree.body, shown=True)
    return scanner.finished()


class _Scanner(ast.NodeVisitor):
    """Walks through code in the order in which it runs."""

    def __init__(self, earlier: Sequence[Names], parameters: Iterable[str] = ()):
        self.names = Names(binds=set(parameters))
        self.earlier = earlier
        self.modules = {name for names in earlier for name in names.imports}

    def run(self, body: Sequence[ast.stmt], shown: bool = False) -> None:
        """Visit the statements; the last of a cell is shown, so that its value is not thrown away."""
        for place, statement in enumerate(body):
            if isinstance(statement, ast.Expr) and not (shown and place == len(body) - 1):
                self._discarded(statement.value)
            self.visit(statement)

    def finished(self) -> Names:
        """Return the names, after a change of a view has become one of what it is a view of."""
        names = self.names
        before: set[str] = set()
        while before != names.changes:
            before = set(names.changes)
            names.changes |= {other for name in before for other in names.aliases.get(name, ())}
        return names

    # Names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._use(node.id)
        else:
            self.names.binds.add(node.id)
            self.names.imports.pop(node.id, None)

    def _use(self, name: str) -> None:
        if name not in self.names.binds and not hasattr(builtins, name):
            self.names.uses[name] = None

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            self.names.binds.add(name)
            self.modules.add(name)
            if isinstance(node, ast.Import):
                self.names.imports[name] = ast.Import([alias])
            else:
                self.names.imports[name] = ast.ImportFrom(node.module, [alias], node.level)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.visit_Import(node)

    # Statements that bind or change

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)
            self._assign(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._use(node.target.id)
            self.names.changes.add(node.target.id)
        self.visit(node.target)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        self.visit(target)
        roots = set(_roots(value))
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and roots - {node.id}:
                self.names.aliases.setdefault(node.id, set()).update(roots - {node.id} - self.modules)

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._change(node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit_Attribute(node)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._assign(node.target, node.iter)
        self.run([*node.body, *node.orelse])

    def visit_While(self, node: ast.While | ast.If) -> None:
        self.visit(node.test)
        self.run([*node.body, *node.orelse])

    def visit_If(self, node: ast.If) -> None:
        self.visit_While(node)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            self.visit(item)
        self.run(node.body)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.names.binds |= {node.name} if node.name else set()
        self.generic_visit(node)

    # Code that runs later, with names of its own

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(part)
        self.visit_Name(ast.Name(node.name, ast.Store()))
        inner = self._inside(node.args, node.body)
        parameters = tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args))
        changed = frozenset(inner.changes & {*_parameters(node.args), *inner.uses})
        self.names.functions[node.name] = Effects(parameters, changed)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inside(node.args, [ast.Expr(node.body)])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)):
            self.visit(part)
        inner = _Scanner(self.earlier)
        inner.run(node.body)
        self._take_uses(inner.names)
        self.visit_Name(ast.Name(node.name, ast.Store()))

    def _inside(self, arguments: ast.arguments, body: Sequence[ast.stmt]) -> Names:
        inner = _Scanner(self.earlier, _parameters(arguments))
        inner.modules |= self.modules
        inner.names.binds |= _stored(body)
        inner.run(body)
        self._take_uses(inner.names)
        return inner.finished()

    def _take_uses(self, inner: Names) -> None:
        for name in inner.uses:
            self._use(name)
        self.names.files |= inner.files

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        """Its targets are its own."""
        outside = set(self.names.binds)
        for generator in node.generators:
            self.visit(generator.iter)
            self.visit(generator.target)
            for condition in generator.ifs:
                self.visit(condition)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(part)
        walrus = {inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)}
        self.names.binds = outside | walrus

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815 (ast's names)

    # Calls

    def visit_Call(self, node: ast.Call) -> None:
        name = _last(node.func)
        effects = self._effects(node.func)
        if isinstance(node.func, ast.Attribute) and _CHANGES_OWN.fullmatch(name):
            self._change(node.func.value)
        if _CHANGES_FIRST.fullmatch(name) and node.args:
            self._change(node.args[0])
        if effects:
            given = {**dict(zip(effects.parameters, node.args, strict=False)),
                     **{keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}}  # fmt: skip
            for changed in effects.changed:
                self._change(given.get(changed, ast.Name(changed)))
        if _writes(node, name):
            self.names.written |= {path for inner in ast.walk(node) for path in _paths(inner)}
        self.generic_visit(node)

    def _effects(self, function: ast.expr) -> Effects | None:
        if not isinstance(function, ast.Name):
            return None
        tables = (self.names, *reversed(self.earlier))
        return next((names.functions[function.id] for names in tables if function.id in names.functions), None)

    def _discarded(self, node: ast.expr) -> None:
        """A call whose result nobody keeps was made for its effect."""
        if not isinstance(node, ast.Call) or _KEEPS.match(_last(node.func)):
            return
        root = next(iter(_roots(node.func)), "")
        if root not in self.modules and isinstance(node.func, ast.Attribute):
            self._change(node.func.value)
        elif root in self.modules and root not in ("plt", "figures") and node.args:
            self._change(node.args[0])

    def _change(self, node: ast.expr) -> None:
        self.names.changes |= set(_roots(node)) - self.modules

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.names.files |= set(node.value.split())


def _roots(node: ast.expr) -> Iterator[str]:
    """Yield the names whose objects the expression is, or is a part of, or a view of: `a` of `a.b[0].flatten()`."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        yield from _roots(node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _VIEWS.fullmatch(node.func.attr):
        yield from _roots(node.func.value)
    elif isinstance(node, ast.Call) and "optim" in ast.unparse(node.func) and node.args:
        held = node.args[0]  # an optimizer holds what it changes
        for part in held.elts if isinstance(held, ast.List | ast.Tuple) else [held]:
            yield from _roots(part)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _parameters(arguments: ast.arguments) -> list[str]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument.arg for argument in (*named, *filter(None, (arguments.vararg, arguments.kwarg)))]


def _stored(body: Sequence[ast.stmt]) -> set[str]:
    """All names that a function's body binds, wherever it does: they are its own unless it says otherwise."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    stored |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    shared = {name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    return stored - shared


def _writes(node: ast.Call, name: str) -> bool:
    if name == "open":
        return any(isinstance(part, ast.Constant) and str(part.value)[:1] in "wax" for part in node.args[1:2])
    return bool(_WRITES.match(name))


def _paths(node: ast.AST) -> Iterator[str]:
    """Yield the file that a string names, and the folders above it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _PATH.fullmatch(node.value):
        names = node.value.rstrip("/").split("/")
        yield from ("/".join(names[:count]) for count in range(1, len(names) + 1))
