"""What both clients are asked to do: a module for each family, each with its `CASES`.

A case is named after the method, and after a comma what is special about it. Where the clients
deliberately differ, it also names the differences, which `differences.py` explains. A module that
needs replies to go on has an `answer` of its own.
"""
