"""When, how often and where things run. Prefect outside, plain functions in ``flows.steps``."""
