"""A stand-in for Cloud Firestore: google.firestore.v1 over gRPC, in memory."""
