"""What a delivery costs over sockets, beside what others do with it."""
