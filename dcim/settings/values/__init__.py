"""Small values as people write them: times, sizes, hours, names, files of certificates."""
