"""Codes GLY0401 to GLY0419: what a git repository holds that is not read. Pure data."""

from __future__ import annotations

from typing import Final

from pipeline.model.code import Code, error, info, warning

SYMLINK: Final = "GLY0401"
SUBMODULE: Final = "GLY0402"
LFS_POINTER: Final = "GLY0403"
UNUSABLE_NAME: Final = "GLY0404"
TREE_TOO_DEEP: Final = "GLY0405"
COMMIT_REFUSED: Final = "GLY0406"

GIT_CODES: tuple[Code, ...] = (
    warning(
        SYMLINK,
        "A symbolic link in a git repository is not followed",
        "Links are never followed in a repository, wherever they lead. What the file of this name had before, when it"
        " was no link, is kept.",
        "Commit the file itself in place of the link, or remove the link.",
    ),
    info(
        SUBMODULE,
        "A submodule is not followed",
        "The directory is another repository, which is neither fetched nor read.",
        "Follow the other repository by itself, with another `--git URL`, if its configuration is meant to be served.",
    ),
    warning(
        LFS_POINTER,
        "A file is a Git LFS pointer",
        "The repository holds a pointer in place of the file's text; the text lies on a Git LFS server, which is not"
        " asked. What the file had before is kept.",
        "Take the file out of LFS: `git lfs untrack` its pattern, then `git add --renormalize .` and commit.",
    ),
    warning(
        UNUSABLE_NAME,
        "A file or directory is not read because of its name",
        "The name holds control characters or a backslash, is no UTF-8, or is too long; or the entry is of a kind that"
        " git does not make. Such names are made to mislead people or programs.",
        "Rename it.",
    ),
    warning(
        TREE_TOO_DEEP,
        "A directory lies too deep to be read",
        "Directories are read to a depth of 64 levels. What lies in this one is not read.",
        "Move the directory further up.",
    ),
    error(
        COMMIT_REFUSED,
        "A commit is not applied because of its errors",
        "The repository is followed with `all_or_nothing`: a commit with any error takes no effect at all. The last"
        " commit without errors is served. The errors of this commit follow.",
        "Mend the errors and push again, or revert the commit.",
    ),
)
"""The entries, in the order of their numbers."""
