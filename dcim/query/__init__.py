"""Questions over everything that a daemon knows of the past, answered beside it in processes of their own.

Nothing is imported here: the daemon needs little of it, its children all.
"""
