"""Every door of the program, tried with damaged input."""
