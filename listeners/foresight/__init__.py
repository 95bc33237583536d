"""What events would become if they were opened again: the rules decide, and nothing is written."""
