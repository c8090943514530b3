"""Rules of RbacConfig and ClusterRbacConfig. Pure. Source: Istio 1.4's `checkRbacConfig`.

What the name of the object must be is with the other rules of names, in `schemas.identity`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid, warned
from schemas.kinds.rbac_config import RbacConfig


def check_cluster_rbac_config(config: RbacConfig, path: str, namespace: str) -> Iterator[Fault]:
    """The modes with an inclusion or an exclusion have it."""
    del namespace
    for mode, name, target in (
        ("ON_WITH_INCLUSION", "inclusion", config.inclusion),
        ("ON_WITH_EXCLUSION", "exclusion", config.exclusion),
    ):
        if config.mode == mode and target is None:
            yield invalid(f"{path}.{name}", f"the mode {mode} needs `{name}`", f"`{name}: {{}}` means none")


def check_rbac_config(config: RbacConfig, path: str, namespace: str) -> Iterator[Fault]:
    """The same; and the kind is deprecated."""
    yield warned("kind", "RbacConfig is deprecated", "use a ClusterRbacConfig")
    yield from check_cluster_rbac_config(config, path, namespace)
