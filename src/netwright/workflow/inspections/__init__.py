"""What an inspection looks at: the rows and columns of an experiment, or of files."""
