"""An API server, as the tests of the source have it."""

from tests.sources.kubernetes.conftest import api_server, cluster

__all__ = ["api_server", "cluster"]
