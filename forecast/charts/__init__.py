"""Charts of probability: one chart a module, each usable alone.

::

    from forecast.beliefs.words import scale
    from forecast.charts import alt, files, trajectory

    figure = trajectory.figure(values, scale=scale("icd203"), stamp=stamp, size="a4")
    files.save(figure, "out/arms_trade__trajectory", alt=alt.of_trajectory(values, ...),
               data=values.table())

`trajectory` is the main product, `panel` sets all nodes side by side. `data` holds the values they
read, `refusals` what they will not print. Nothing is imported until a module is asked for.
"""
