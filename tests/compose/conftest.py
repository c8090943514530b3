"""The image is built once for all tests that run it."""

import pytest

from tests.compose.image import Image, build


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image."""
    return build(tmp_path_factory.mktemp("image"))
