"""Regular expressions that are compiled when they are first met.

`import re` and the compilation of one expression take as long as a bare interpreter takes to start. Most runs meet a
few expressions, many meet none.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from re import compile as pattern
else:

    class pattern:
        """What `re.compile` gives, made when it is first asked for anything."""

        def __init__(self, text, flags=0):
            self._text, self._flags = text, flags

        def __getattr__(self, name):
            import re

            found = getattr(re.compile(self._text, self._flags), name)
            setattr(self, name, found)
            return found


class Usual(str):
    """The text of a pattern, and a plain function that is true only of what matches: of most of it, without `re`."""

    __slots__ = ("surely",)

    surely: "Callable[[str], bool]"

    def __new__(cls, text: str, surely: "Callable[[str], bool]") -> "Usual":
        made = super().__new__(cls, text)
        made.surely = surely
        return made


__all__ = ["Usual", "pattern"]
