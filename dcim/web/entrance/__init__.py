"""Before every route: for whom a request is meant, who asks, and what may be written into a wish."""
