"""Runs the pages and weaves their results into the site."""
