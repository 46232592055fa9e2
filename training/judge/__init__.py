"""What is measured of a model: classifier, evaluation, distances. Knows codes, not the loop."""
