"""The topics of the pipeline on Kafka, as pure records and machines: what lies in them, who may write, what it comes to.

Here may live: the records' formats, the `pipeline.topics.follower.Follower`, and what a writer sends. No I/O: the engine
ships bytes. Rows: above `pipeline.stages`, below `pipeline.log`.
"""
