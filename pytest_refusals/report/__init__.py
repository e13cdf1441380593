"""Who is told: the failure message, the ledger of results, the terminal matrix and the JSON file."""
