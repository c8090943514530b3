"""What is told of a commit, and to whom: statuses at GitHub, GitLab and Gitea, Slack, and webhooks.

The report of a commit, the requests made of it, and their delivery live here. A target that is down or slow costs
nobody else anything: the latest report of a commit waits for it, older ones are dropped.
"""
