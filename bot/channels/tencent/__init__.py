"""What the WeChat and WeCom servers have in common: callbacks, tokens, calls, error codes, byte limits."""
