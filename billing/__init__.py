"""Who owes the cooperative what, and what sister instances pay together."""
