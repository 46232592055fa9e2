"""Times of the project as figures: `python -m benchmarks NAME`. They print and assert nothing."""
