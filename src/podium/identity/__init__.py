"""Who: principals, workspaces, and how a caller proves to be one."""
