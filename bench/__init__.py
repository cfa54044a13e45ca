"""The real code measured, as ratios within one run: a bare number says more about the machine than the product."""
