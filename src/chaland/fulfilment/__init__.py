"""Who does the work: one fulfilment order a site, from release to the customer's hands."""
