"""What a push of git meets: a repository's own hooks, and the notifications of forges.

Before a push is taken, `galley hook pre-receive` judges it; after it, `post-receive` tells where it is live. A forge's
notification is a hint: nothing of it is believed but that it is time to look. Both live here.
"""
