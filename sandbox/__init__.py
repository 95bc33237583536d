"""One machine: stand-ins for Google, the demonstration, made-up messages. Never deployed."""
