"""What is sold: SKUs, their bar codes, and the kits made of them."""
