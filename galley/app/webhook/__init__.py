"""The HTTPS server of a Kubernetes cluster's validation webhook, and of git's push notifications.

What judges an object before it is stored, what answers HTTPS on that address, and what registers it in a cluster may
live here. The verdict is that of `galley validate`; a webhook that is down or passed by is caught by the pipeline.
"""
