"""Who answers: the sans-IO endpoint, the transports that carry its bytes, and the network guard."""
