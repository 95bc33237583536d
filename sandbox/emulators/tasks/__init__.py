"""A stand-in for Cloud Tasks: google.cloud.tasks.v2 over gRPC, HTTP out, in memory."""
