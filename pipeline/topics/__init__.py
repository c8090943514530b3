"""The topics of the pipeline on Kafka, as pure records and machines: what lies in them, and what it comes to.

Here may live: the records' formats, the `pipeline.topics.follower.Follower`, and what a writer sends. No I/O: the
engine ships bytes. It stands above `pipeline.stages` and below `pipeline.log`.
"""
