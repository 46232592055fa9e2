"""Which faces: filters, groups, formulas, their pictures. Knows codes and recipes, no decoder."""
