"""What the pages of people, companies and the house draw."""
