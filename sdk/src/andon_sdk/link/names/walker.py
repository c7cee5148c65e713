"""Reads a cell as Python would run it and writes down what happens to names of the top level.

Which scope a name belongs to is Python's rule (the language reference, 4.2.2), and a test holds it against `symtable`.
What a branch binds is sure only when all branches do. Bodies of loops, `with` and `try` are taken to run: a notebook
that was run did so. Two names of one object are followed where one is given the other as it is (`b = a`).
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from andon_sdk.link.names.changes import (
    AUGMENTING,
    Habits,
    changed_by_call,
    changed_by_target,
    root,
    same_object,
)
from andon_sdk.link.names.events import Binding, Change, Deleted, Event, Read
from andon_sdk.link.names.scopes import (
    Comprehension,
    Function,
    Scope,
    comprehension_scope,
    function_scope,
    imported_as,
    is_top_level,
)

Tokens = frozenset[object]
_State = tuple[set[str], dict[str, Tokens]]
_ENDING = ast.Raise | ast.Return | ast.Continue | ast.Break


class Walker(ast.NodeVisitor):
    """For the cells of one notebook, in order. `sure` are the names that the step at hand has surely bound."""

    def __init__(self, known: Mapping[str, Habits] | None = None) -> None:
        self.sure: set[str] = set()
        self._objects: dict[str, Tokens] = {}
        """By name of the top level: tokens of the objects that it may share with others."""
        self._given: dict[str, Tokens] = {}
        """The same where the cell begins: what other steps gave it is handed over name by name."""
        self._held: dict[int, Tokens] = {}
        """Tokens of what is being assigned, as they were before: `a, b = b, a`."""
        self._known = known or {}
        self._events: list[Event] = []
        self._scope: Scope | None = None
        self._function: str | None = None

    def walk(self, tree: ast.Module, sure: set[str]) -> tuple[Event, ...]:
        """Events of one cell. `sure` is added to."""
        self.sure, self._events, self._given = sure, [], dict(self._objects)
        self._all(tree.body)
        return tuple(self._events)

    # names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id, node.lineno)
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id, node.lineno, "assignment")
        else:
            self._delete(node.id, node.lineno)

    def _read(self, name: str, line: int) -> None:
        if is_top_level(name, self._scope):
            self._events.append(Read(name, line, self._function, name not in self.sure))

    def _bind(
        self, name: str, line: int, kind: str, value: ast.expr | None = None, node: ast.AST | None = None
    ) -> None:
        if self._scope is not None and self._scope.kind == "class":
            self._scope.own.add(name)
            return
        if not is_top_level(name, self._scope) or self._function is not None:
            return
        if kind != "augmented":  # a list stays what it is
            self._objects.pop(name, None)
        if (tokens := self._held.get(id(value))) is not None:
            self._objects[name] = tokens
        self._events.append(Binding(name, line, kind, value, node))
        self.sure.add(name)

    def _delete(self, name: str, line: int) -> None:
        if self._function is None and is_top_level(name, self._scope):
            self._events.append(Read(name, line, None, name not in self.sure))
            self._events.append(Deleted(name, line))
            self.sure.discard(name)
            self._objects.pop(name, None)

    def _change(self, name: str, line: int, how: str) -> None:
        """Of the name and of all others of its object. In a function it happens when that is called."""
        if not is_top_level(name, self._scope):
            return
        self._events.append(Change(name, line, how, open=name not in self.sure))
        mine = self._objects.get(name, frozenset())
        for other in sorted({*self._objects, *self._given} - {name}):
            given = bool(mine & self._given.get(other, frozenset()))
            if given or mine & self._objects.get(other, frozenset()):
                self._events.append(Change(other, line, how, name, given or other not in self.sure))

    def _target(self, target: ast.expr, kind: str, value: ast.expr | None) -> None:
        """An assignment's left side."""
        if isinstance(target, ast.Name):
            self._bind(target.id, target.lineno, kind, value)
        elif isinstance(target, ast.Tuple | ast.List):
            values: Sequence[ast.expr | None] = [None] * len(target.elts)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                values = value.elts
            for each, its in zip(target.elts, values, strict=True):
                self._target(each, kind, its)
        elif isinstance(target, ast.Starred):
            self._target(target.value, kind, None)
        else:
            self.visit(target)
            if (name := root(target)) and (how := changed_by_target(target)):
                self._change(name, target.lineno, how)

    def _hold(self, value: ast.expr, names: int = 1) -> None:
        """Of what is about to be assigned to so many names at once: `a = b = []` is one list."""
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        self._held = {}
        for part in parts:
            other = same_object(part, self._known)
            if other is not None and is_top_level(other, self._scope):
                self._held[id(part)] = self._objects.setdefault(other, frozenset({object()}))
        if names > 1 and not isinstance(value, ast.Constant):
            self._held.setdefault(id(value), frozenset({object()}))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self._hold(node.value, len(node.targets))
        for target in node.targets:
            self._target(target, "assignment", node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._hold(node.value)
            self._target(node.target, "assignment", node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._read(node.target.id, node.lineno)
            self._change(node.target.id, node.lineno, AUGMENTING[type(node.op)])
            self._bind(node.target.id, node.lineno, "augmented")
        else:
            self._target(node.target, "augmented", None)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._hold(node.value)
        scope = self._scope
        while self._scope is not None and self._scope.kind == "comprehension":
            self._scope = self._scope.outer
        self._bind(node.target.id, node.lineno, "assignment", node.value)
        self._scope = scope

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._delete(target.id, target.lineno)
            else:
                self.visit(target)
                if name := root(target):
                    self._change(name, target.lineno, f"del {ast.unparse(target)}")

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self._bind(imported_as(alias), node.lineno, "import", node=node)

    visit_ImportFrom = visit_Import

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        for name, how in changed_by_call(node, self._known):
            self._change(name, node.lineno, how)

    # scopes

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._all(node.decorator_list)
        outer = self._typed(node)
        self._defaults(node.args)
        if node.returns is not None:
            self.visit(node.returns)
        self._inside(node, node.body, node.name)
        self._scope = outer
        self._bind(node.name, node.lineno, "function", node=node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _typed(self, node: ast.AST) -> Scope | None:
        """Enters the scope of `[T]` after a name (PEP 695), and returns the one around it."""
        outer = self._scope
        if names := {each.name for each in getattr(node, "type_params", ())}:
            self._scope = Scope(names, outer=outer)
        return outer

    def visit_TypeAlias(self, node: Any) -> None:
        self._bind(node.name.id, node.lineno, "assignment")
        outer = self._typed(node)
        self.visit(node.value)
        self._scope = outer

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self._inside(node, [node.body], "a lambda")

    def _defaults(self, arguments: ast.arguments) -> None:
        self._all(arguments.defaults)
        self._all(each for each in arguments.kw_defaults if each is not None)
        named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        self._all(each.annotation for each in named if each is not None and each.annotation is not None)

    def _inside(self, node: Function, body: Sequence[ast.AST], name: str) -> None:
        scope, function, sure = self._scope, self._function, set(self.sure)
        self._scope = function_scope(node, scope)
        self._function = function or name
        self._all(body)
        self._scope, self._function = scope, function
        self.sure.clear()
        self.sure |= sure

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._all(node.decorator_list)
        outer = self._typed(node)
        self._all(node.bases)
        self._all(node.keywords)
        self._scope = Scope(set(), kind="class", outer=self._scope)
        self._all(node.body)
        self._scope = outer
        self._bind(node.name, node.lineno, "class", node=node)

    def _comprehension(self, node: Comprehension) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        outer = self._scope
        self._scope = comprehension_scope(node, outer)
        self._all(first.ifs)
        for each in others:
            self.visit(each.iter)
            self._all(each.ifs)
        self._all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._scope = outer

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    # branches

    def _all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _now(self) -> _State:
        return set(self.sure), dict(self._objects)

    def _become(self, *states: _State) -> None:
        """What holds after ways of which one was gone: sure is what all bind, one object what any made so."""
        self.sure.clear()
        self.sure |= set.intersection(*(set(sure) for sure, _ in states))
        self._objects = {}
        for _, objects in states:
            for name, tokens in objects.items():
                self._objects[name] = self._objects.get(name, frozenset()) | tokens

    def _branches(self, branches: Iterable[Sequence[ast.stmt]]) -> None:
        """Only one of them runs."""
        before = self._now()
        ends: list[_State] = []
        for body in branches:
            self._become(before)
            self._all(body)
            if not (body and isinstance(body[-1], _ENDING)):
                ends.append(self._now())
        self._become(*(ends or [before]))

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._branches([node.body, node.orelse])

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._target(node.target, "loop", None)
        self._all([*node.body, *node.orelse])

    visit_AsyncFor = visit_For

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._target(item.optional_vars, "with", item.context_expr)
        self._all(node.body)

    visit_AsyncWith = visit_With

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        before = self._now()
        self._all([*node.body, *node.orelse])
        ends = [self._now()]
        for handler in node.handlers:
            self._become(before)
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name:
                self._bind(handler.name, handler.lineno, "except")
            self._all(handler.body)
            self.sure.discard(handler.name or "")
            if not isinstance(handler.body[-1], _ENDING):
                ends.append(self._now())
        self._become(*ends)
        self._all(node.finalbody)

    visit_TryStar = visit_Try

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        before = self._now()
        ends: list[_State] = []
        for case in node.cases:
            self._become(before)
            self.visit(case.pattern)
            if case.guard is not None:
                self.visit(case.guard)
            self._all(case.body)
            if not isinstance(case.body[-1], _ENDING):
                ends.append(self._now())
        last = node.cases[-1]
        if last.guard is not None or not isinstance(last.pattern, ast.MatchAs) or last.pattern.pattern is not None:
            ends.append(before)
        self._become(*(ends or [before]))

    def _captured(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.generic_visit(node)
        if node.name:
            self._bind(node.name, node.lineno, "match")

    visit_MatchAs = visit_MatchStar = _captured

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self._bind(node.rest, node.lineno, "match")
