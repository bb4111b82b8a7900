"""What may be promised of goods that are not there yet: back-orders and pre-orders."""
