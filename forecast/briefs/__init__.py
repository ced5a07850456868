"""Documents that show a forecast and stay in step with it.

`facts` holds what a document may say, `sentences`, `tables` and `notes` put it into words,
`vocabulary` gives every placeholder its meaning, and one module a format fills and reads documents:
`markdown`, `word`, `web`, `typeset`. Numbers come in as plain values; nothing is computed here.
"""
