"""The page a customer follows an order on, by a link that cannot be guessed."""
