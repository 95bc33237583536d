"""What whoever runs the services asks them: is everything there, and does it answer?"""
