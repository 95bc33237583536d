"""How this project reaches Google: within budgets, over connections that come back by themselves.

Which service is called, and what for, is not known here.
"""
