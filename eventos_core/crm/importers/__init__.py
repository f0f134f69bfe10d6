"""What the sales domain brings in from files."""
