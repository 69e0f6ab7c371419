"""Somebody at a terminal, for tests."""

from __future__ import annotations

from krm_secrets.age.agefile import Unusable


class Typist:
    """Types the same text whenever asked, and remembers what was asked and told."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.seen: list[str] = []

    def ask(self, question: str, hidden: bool) -> str:
        self.seen.append(f"{'hidden' if hidden else 'shown'}: {question}")
        return self.text

    def tell(self, text: str) -> None:
        self.seen.append(f"told: {text}")


class Nobody(Typist):
    """No terminal."""

    def ask(self, question: str, hidden: bool) -> str:
        super().ask(question, hidden)
        raise Unusable("there is no terminal")
