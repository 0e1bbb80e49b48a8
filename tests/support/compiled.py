"""Templates and addresses compiled once in a test process, not once in every test's application: it is most of a
small test's time.
"""

from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class Compiled(BytecodeCache):
    """A bytecode cache in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if found := self._kept.get(bucket.key):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()

_compile = Rule.compile
_compiled: dict[Any, Rule] = {}


def _compile_once(rule: Rule) -> None:
    """What compiling makes of a rule depends on its text alone: no rule has defaults, every map is set up alike."""
    key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes)
    if key not in _compiled:
        _compile(rule)
        _compiled[key] = rule
    same = _compiled[key]
    rule._parts, rule._trace, rule._converters = same._parts, same._trace, same._converters
    rule.arguments = same.arguments
    rule._build, rule._build_unknown = (each.__func__.__get__(rule) for each in (same._build, same._build_unknown))


Rule.compile = _compile_once  # type: ignore[method-assign]  # what this file is for
