"""The Python API: the verbs of `forecast` on a project, with xarray, pandas and charts as results.

`forecast` itself is the door to it; nothing is loaded until a name is asked for.
"""
