"""A retailer that does not exist, Tilvert, and the life that goes on in it."""
