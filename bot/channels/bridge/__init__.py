"""Bridge: a signed endpoint for operators with a lawful way of their own to read and write a customer's group."""
