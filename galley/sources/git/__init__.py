"""Git repositories as sources: each is fetched into a bare repository of our own, and read from there.

What lives here: how the `git` program is run and bounded, our copy of a repository, the reading of its objects, trees
and commits (also for hooks, which read a repository in place), and the source made of them. There is never a checkout,
never a hook, and nothing that a repository says is run or followed.
"""
