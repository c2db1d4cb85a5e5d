"""What a person sees: tables, panels, trees, progress. Values in, Rich renderables out."""
