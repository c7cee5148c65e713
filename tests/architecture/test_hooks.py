"""Every hook is documented, its examples run, and a first-party plugin implements it."""

import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from andon_sdk.plugin.hooks import Hooks
from andon_sdk.plugin.loading import PluginError, ask, check, load

PAGE = (Path(__file__).parents[2] / "docs/reference/hooks.md").read_text(encoding="utf-8")
HOOKS = sorted(name for name in vars(Hooks) if not name.startswith("_"))
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_each_hook_has_a_section_and_each_section_a_hook():
    assert sorted(SECTIONS) == HOOKS


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_is_implemented_by_a_plugin(hook):
    assert [plugin for plugin in load() if ask(plugin, hook)]


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_says_when_what_and_by_whom(hook):
    told = inspect.getdoc(getattr(Hooks, hook)) or ""
    section = SECTIONS[hook]
    for question in ("When:", "In:", "Out:", "May it block:", "Used by:"):
        assert question in told, question
    for question in ("*When*", "*In, out*", "*May it block?*", "*Used by*"):
        assert section.count(f"- {question}") == 1, question
    named = set(re.findall(r"`(andon-[a-z0-9-]+)`", told.partition("Used by:")[2]))
    assert named == set(re.findall(r"`(andon-[a-z0-9-]+)`", section.partition("*Used by*")[2].split("\n\n")[0]))
    assert named <= {plugin.distribution.name for plugin in load() if ask(plugin, hook)}
    assert named


def test_there_are_few_of_them_and_each_returns_a_list_of_its_declarations():
    assert len(HOOKS) <= 12
    for hook in HOOKS:
        signature = inspect.signature(getattr(Hooks, hook))
        assert list(signature.parameters) == ["self"]
        assert re.fullmatch(r"list\[[\w. |]+\]", inspect.formatannotation(signature.return_annotation).strip("'"))


@pytest.mark.parametrize("hook", HOOKS)
def test_examples_are_plugins(hook):
    for code in re.findall(r"```python\n(.*?)```", SECTIONS[hook], re.DOTALL):
        module = ModuleType("example")
        exec(compile(code, f"hooks.md, {hook}", "exec"), vars(module))
        check(module, "example")
        assert getattr(module, hook)()


def test_a_misspelt_hook_is_named():
    module = ModuleType("misspelt")
    exec("from andon_sdk.plugin import hook\n@hook\ndef bluepints(): return []", vars(module))
    with pytest.raises(PluginError, match=r"plugin acme: bluepints is not a hook"):
        check(module, "acme")
