"""The Dockerfile as data: its stages, each a list of instructions. Enough of the language for our own file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from tests.compose.composition import FOLDER

_FROM: Final = re.compile(r"(?P<image>\S+)(?: AS (?P<name>\S+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage: its name, the image or stage that it begins with, its instructions as pairs of word and text."""

    name: str
    image: str
    instructions: tuple[tuple[str, str], ...]

    def all(self, word: str) -> list[str]:
        """The texts of the instructions with a word."""
        return [text for found, text in self.instructions if found == word]

    def one(self, word: str) -> str:
        """The text of the only instruction with a word."""
        [text] = self.all(word)
        return text

    def form(self, word: str) -> Any:  # noqa: ANN401  JSON
        """The JSON at the end of the only instruction with a word: a command without a shell."""
        text = self.one(word)
        return json.loads(text[text.index("[") :])


def stages() -> list[Stage]:
    """The stages of compose/Dockerfile, in their order."""
    text = "\n".join(line for line in (FOLDER / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    lines = [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]
    found: list[Stage] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "FROM":
            begins = _FROM.fullmatch(rest)
            assert begins is not None
            found.append(Stage(name=begins["name"] or "", image=begins["image"], instructions=()))
            continue
        last = found.pop()
        found.append(Stage(name=last.name, image=last.image, instructions=(*last.instructions, (word, rest))))
    return found
