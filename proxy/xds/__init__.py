"""The xDS protocol without its transport: requests in, responses out, as data; and who has what.

Subscriptions, the delta and state-of-the-world machines, the search for a refused resource, the cache of what each
scope sees, and the ledger of deliveries may live here. Pure: no I/O, no clock, no randomness, no logs.
"""
