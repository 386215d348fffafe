"""What operators look at: views of the catalogue, of Prefect and of the machine, each asked boundedly."""
