"""What is kept: books, signatures, closed files, recordings, reports, and who is who."""
