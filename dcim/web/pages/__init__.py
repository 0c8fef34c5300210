"""Routes that answer people: pages, what of them is drawn anew, the page of a link."""
