"""Runs every house rule over the repository; prints what it found, and exits 1 if that is anything."""

from tests.house import (
    check_excepts,
    check_links,
    check_locks,
    check_names,
    check_places,
    check_references,
    check_rooms,
    check_sizes,
    check_unfinished,
)
from tests.house.tree import run

run(
    check_sizes.check,
    check_names.check,
    check_rooms.check,
    check_references.check,
    check_links.check,
    check_places.check,
    check_locks.check,
    check_excepts.check,
    check_unfinished.check,
)
