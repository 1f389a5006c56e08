"""The data sets, one a file, and how their files are read."""
