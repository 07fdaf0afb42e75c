"""The door: a process of its own between browsers and the house.

It owns the one public address of the console, and needs neither the service nor the database: while both are dead, an
agent's telephone in the browser stays registered with Asterisk through it, and rings (design rule 5).
"""
