"""Methods: what gives a strength of an attribute its meaning."""

# Those that fitted one vector of an attribute for all faces; a strength counts it.
FITTED = ("mean_difference", "balanced", "logistic", "discriminant")
# Those whose strength is an effect, with as many times a vector as a face needs -> the vector's
# place between strong (0, the mean difference) and clean (1, the full partial effect); 0.5 is the
# place that was elected for each attribute.
CURVE = {"strong": 0.0, "rather_strong": 0.25, "elected": 0.5, "rather_clean": 0.75, "clean": 1.0}
# In the order of the page; recipes that name none mean the first.
METHODS = (*FITTED, *CURVE)
