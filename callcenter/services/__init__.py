"""What the hotline does, one verb a file. Services know ports and the domain, never Asterisk, SQL or HTTP."""
