"""What a mutant changes: one operator, constant, condition or statement of a source.

What cannot change what the program does is left alone by the rules of `_is_told` and `_inner`:
annotations, decorators, messages and notes for people, digits of rounding, guards of 1e-6 and less
against division by zero, numbers that only name a seed, and what only concerns speed or the form of
a file. Paths and texts are not divided or subtracted: no test is needed to notice that.
Nor is what is drawn evenly around 0 subtracted instead of added. The axis 1 and the place 1 in a
row become 0, not -1, which is often the same one.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.And: ast.Or, ast.Or: ast.And, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
GUARD = 1e-6  # constants of this size and less keep divisions, roots and logarithms finite
TOLD = frozenset({
    "print", "say", "tqdm", "write", "note", "follow", "set_num_threads", "filterwarnings",
    "item",  # as a statement it only waits for the card
})  # fmt: skip
NOTED = frozenset({"log.info", "log.debug"})  # for whoever looks for a fault
FORM = frozenset({
    "repr", "strict", "desc", "disable", "encoding", "indent", "every", "keep", "set_to_none",
    "enabled", "persistent",
})  # fmt: skip
# Functions whose first numbers are axes.
OVER_AXES = frozenset({
    "all", "any", "argmax", "argmin", "argsort", "cumsum", "diff", "flatten", "log_softmax", "max",
    "mean", "median", "min", "norm", "prod", "softmax", "sort", "squeeze", "std", "sum",
    "unsqueeze", "var",
})  # fmt: skip
NOTES = frozenset({"NOTE_EVERY", "DIGITS"})  # how often and how exactly something is told


@dataclass(frozen=True)
class Change:
    """One change that can be made; `index` counts the nodes of the tree."""

    index: int
    kind: str
    lines: tuple[int, int] | None  # of its statement; None where it runs when the file is imported


def changes_of(source: str) -> list[Change]:
    """All changes that can be made of a source."""
    tree = ast.parse(source)
    numbers = {id(node): index for index, node in enumerate(ast.walk(tree))}
    places = {id(place) for node in ast.walk(tree) for place in _places(node)}
    return [
        Change(numbers[id(node)], kind, lines)
        for node, lines in _inner(tree, None, False)
        for kind in (["place"] if id(node) in places else _kinds(node))
    ]


def changed(source: str, change: Change) -> tuple[str, int, str]:
    """The source with a change, the line where it stands, and the change in words."""
    tree = ast.parse(source)
    node = next(n for i, n in enumerate(ast.walk(tree)) if i == change.index)
    before, line = ast.unparse(node), getattr(node, "lineno", 0)
    _apply(node, change.kind)
    after = "nothing" if change.kind == "drop" else ast.unparse(ast.fix_missing_locations(node))
    return ast.unparse(tree), line, f"{before[:80]} -> {after[:80]}"


def lines_at(source: str, line: int) -> tuple[int, int] | None:
    """The line itself inside a function; None where it runs when the file is imported."""
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    is_inside = any(f.body[0].lineno <= line <= (f.end_lineno or 0) for f in functions)
    return (line, line) if is_inside else None


def _inner(
    node: ast.AST, lines: tuple[int, int] | None, in_function: bool
) -> Iterator[tuple[ast.AST, tuple[int, int] | None]]:
    """The nodes worth a change, with the lines of the statement that holds them."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        children = value if isinstance(value, list) else [value]
        if isinstance(node, ast.Call) and name == "args":
            children = children[: {"round": 1, "default_rng": 0}.get(_name(node.func))]
        if isinstance(node, ast.arguments) and name == "defaults":
            names = [*node.posonlyargs, *node.args]
            of_last = names[len(names) - len(children) :]
            children = [d for a, d in zip(of_last, children, strict=True) if a.arg != "seed"]
        if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            children = []  # a number with its sign is changed once
        for child in children:
            if not isinstance(child, ast.AST) or _is_told(child):
                continue
            # What is kept after its first call is run for the first test alone: any may notice.
            is_function = isinstance(child, ast.FunctionDef | ast.Lambda) and not _is_cached(child)
            here = lines
            if isinstance(child, ast.stmt):
                here = _lines(child) if in_function else None
            yield child, here
            yield from _inner(child, here, in_function or is_function)


def _lines(statement: ast.stmt) -> tuple[int, int]:
    """Of a statement, or of the head of one that holds others."""
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    if not body:
        return statement.lineno, statement.end_lineno or statement.lineno
    first = getattr(body[0], "lineno", None) or body[0].pattern.lineno
    return statement.lineno, max(statement.lineno, first - 1)


def _is_told(node: ast.AST) -> bool:
    """Messages, notes, forms and guards: what leaves the program's results as they are."""
    match node:
        case ast.Raise() | ast.JoinedStr():
            return True
        case ast.keyword():
            return node.arg in FORM
        case ast.Expr(value=ast.Constant()):
            return True  # a docstring
        case ast.Expr(value=ast.Call(func=function)):
            return _name(function) in TOLD or ast.unparse(function) in NOTED
        case ast.If():
            inner = [*node.body, *node.orelse]
            return not any(isinstance(n, ast.Raise) for n in inner) and all(map(_is_told, inner))
        case ast.Assign(targets=[target]):
            return _name(target) in NOTES or "cudnn" in ast.unparse(target)
        case ast.BinOp(left=left, right=right):
            # What is added is left out with its sign; what it is added to is changed elsewhere.
            return any(_is_guard(side) or _is_text(side) for side in (left, right))
        case ast.Constant():
            return _is_guard(node)
        case _:
            return False


def _is_cached(node: ast.AST) -> bool:
    return any("cache" in ast.unparse(by) for by in getattr(node, "decorator_list", []))


def _is_guard(node: ast.AST) -> bool:
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return isinstance(value, float) and 0 < abs(value) <= GUARD


def _places(node: ast.AST) -> list[ast.expr]:
    """The numbers 1 and -1 in a node that are an axis, or a place in a row."""
    match node:
        case ast.Subscript(slice=ast.Tuple(elts=found)):
            pass
        case ast.Subscript(slice=one):
            found = [one]
        case ast.Call(func=ast.Attribute(attr=name)) if name in OVER_AXES:
            found = node.args
        case ast.keyword(arg="axis" | "dim"):
            found = [node.value]
        case _:
            found = []
    return [one for one in found if ast.unparse(one) in ("1", "-1")]


def _is_text(node: ast.AST) -> bool:
    is_string = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_string or isinstance(node, ast.JoinedStr) or _name(node) == "CHECKPOINT"


def _is_even(node: ast.AST) -> bool:
    """Drawn around 0, as often above as below: added or subtracted it is the same chance."""
    match node:
        case ast.Call(func=ast.Attribute(attr="normal"), args=[ast.Constant(value=0), *_]):
            return True
        case _:
            return False


def _name(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _kinds(node: ast.AST) -> list[str]:
    match node:
        case ast.BinOp(left=left, right=right) if _is_even(left) or _is_even(right):
            return []
        case ast.BinOp() | ast.AugAssign() if type(node.op) in SWAPPED:
            return ["operator"]
        case ast.Compare(ops=[operator]) if type(operator) in SWAPPED:
            return ["comparison"]
        case ast.BoolOp():
            return ["operator"]
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            return ["bare"]
        case ast.Constant(value=bool() | int() | float()):
            return ["constant"]
        case ast.Expr(value=ast.Call()):
            return ["drop"]
        case ast.IfExp():
            return ["test"]
        case _:
            return []


def _apply(node: ast.AST, kind: str) -> None:
    match node, kind:
        case (ast.BinOp() | ast.AugAssign() | ast.BoolOp(), "operator"):
            node.op = SWAPPED[type(node.op)]()  # pyright: ignore[reportAttributeAccessIssue]
        case ast.Compare(), "comparison":
            node.ops = [SWAPPED[type(node.ops[0])]()]  # pyright: ignore[reportAttributeAccessIssue]
        case ast.UnaryOp(operand=ast.Constant() as number), "place":
            number.value = 0
        case ast.Constant(), "place":
            node.value = 0
        case ast.UnaryOp(), "bare":
            node.operand = ast.UnaryOp(copy.deepcopy(node.op), node.operand)  # twice is not at all
        case ast.Constant(), "constant":
            node.value = _other(node.value)  # pyright: ignore[reportArgumentType]
        case ast.Expr(), "drop":
            node.value = ast.Constant(None)
        case ast.IfExp(), "test":
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case _:
            raise ValueError(kind)


def _other(value: bool | int | float) -> bool | int | float:
    if isinstance(value, bool):
        return not value
    if value == 0:
        return value + 1
    return -value if value in (1, -1) else value * 2
