"""What a sceptic asks of the re-analysis and its engines: each question answered by tables."""
