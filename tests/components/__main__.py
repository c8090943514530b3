"""`make components`: builds what is not built yet; says what is missing where that cannot be."""

import sys

from tests.components.building import COMPONENTS, build, need_tools
from tests.components.cached import BuildError


def _tell(text: str) -> None:
    sys.stderr.write(f"components: {text}\n")


def main() -> int:
    """Build everything, or what the arguments name."""
    wanted = sys.argv[1:] or list(COMPONENTS)
    try:
        # What is missing is told before anything takes minutes.
        for name in wanted:
            need_tools(COMPONENTS[name])
        for name in wanted:
            build(COMPONENTS[name], _tell)
    except BuildError as error:
        sys.stderr.write(f"components: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
