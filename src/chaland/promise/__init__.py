"""When an order can arrive, how sure that is, and what the carriage costs."""
