"""git's push notifications: a forge says that a repository has changed, and the source that follows it looks at once.

What proves who speaks, what is read of what is said, and the route that does both live here. A notification is a hint:
nothing of it is believed but that it is time to look.
"""
