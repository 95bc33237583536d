"""How a process is set up: the only readers of the environment.

`local` serves one machine, `test` the tests, `production` a deployment; each starts from `base`.
"""
