"""The durable order of changes. Logs store and replay batches; they never judge or change what they hold."""
