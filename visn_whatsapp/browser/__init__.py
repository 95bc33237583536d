"""What a process that serves people needs: logins, sessions, headers."""
