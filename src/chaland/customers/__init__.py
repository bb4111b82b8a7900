"""The only place that holds personal data, sealed with one key per person."""
