"""The groups of tests/run.py: each module has jobs(context), a list of outcome.Job."""
