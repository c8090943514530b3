"""The configuration pipeline: records, the incremental graph, the pure stages, the log, and the engines around them."""
