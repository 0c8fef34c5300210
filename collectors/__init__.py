"""The collectors that come with dcim: plug-ins like anybody's, found by entry point."""
