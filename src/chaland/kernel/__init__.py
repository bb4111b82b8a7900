"""The words every room shares: ids, money, actors, events, geography, time. No Django here."""
