"""Events are applied: a task is taken from the queue and changes a chat in Firestore."""
