"""Who has what, over all xDS servers of a mesh: what each tells of its proxies, and all of it as one.

No HTTP and no lifecycle here, and nothing of Kafka's: `galley.kafka` carries the reports.
"""
