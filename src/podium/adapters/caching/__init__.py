"""Where the gateway's cache keeps answers: in this process, or in Redis for several."""
