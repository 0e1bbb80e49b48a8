"""The ground floor: what every floor needs; it knows none of them."""
