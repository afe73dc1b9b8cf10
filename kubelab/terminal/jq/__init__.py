"""The language of jq: read by parser.py, run by evaluator.py with a bounded number of steps.

The C library of the same name is not used: a filter such as `[range(1e9)]` or `repeat(.)` would hold the process that
serves everybody, and nothing could stop it. Tests hold this one against the library. Source: jq 1.7's manual.
"""
