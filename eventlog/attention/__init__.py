"""What somebody looks for once a minute: what each look finds is a problem, or a part of one."""
