"""One HTTP client a vendor: host-bound credential, rate limit, safe retries, audited attempts."""
