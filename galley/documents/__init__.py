"""Documents: YAML and JSON text into configuration objects that know their lines.

Here live the drivers of the parsers, the reading of scalars, the building of bounded trees with positions, and what
makes a tree a `Resource`. Pure: text in, resources and diagnostics out; no file is opened here.
"""
