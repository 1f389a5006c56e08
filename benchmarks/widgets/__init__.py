"""The interactive parts of the site beside those of others, feature by feature."""
