"""The verbs: run, check, chart, init. Each reads a project and returns a value to be shown."""
