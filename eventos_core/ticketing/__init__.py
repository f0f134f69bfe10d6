"""Tickets, orders, registrations, guests, seats and check-in."""
